using System.CommandLine;
using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.RegularExpressions;
using LbSpeaker.Commands;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Reports;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Observability;
using LbSpeaker.Speaker;
using LbSpeaker.Testing;

namespace LbSpeaker.Tests.House;

/// <summary>The closed lists in the rooms' READMEs are those of the code.</summary>
public sealed partial class ReadmeTests
{
    private static string[] Types => [.. Constants(typeof(ConditionTypes))];

    [Fact]
    public void Verbs() => Assert.Equal(RootVerb.Build(CalledAs.Itself).Subcommands.Select(c => c.Name), Rows("LbSpeaker", "Verbs").Select(r => r[0]));

    [Fact]
    public void Findings() => Assert.Equal(Enum.GetNames<Doctor.FindingName>(), Rows("LbSpeaker", "Findings").Select(r => r[0]));

    [Fact]
    public void Exit_codes() => Assert.Equal(
        typeof(ExitCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => $"{f.GetRawConstantValue()} {f.Name}"), Rows("LbSpeaker", "Exit codes").Select(r => $"{r[0]} {r[1]}"));

    [Fact]
    public void Condition_types() => Assert.Equal(Types, Rows("LbSpeaker", "Conditions").Select(r => r[0]).Take(Types.Length));

    [Fact]
    public void Condition_reasons() => Assert.Equal(
        Constants(typeof(ConditionReasons)).Concat(Enum.GetNames<RefusalReason>()).Concat(Enum.GetNames<NotAnnouncedReason>()).Distinct().Order(StringComparer.Ordinal),
        Rows("LbSpeaker", "Conditions").Skip(Types.Length).Select(r => r[0]).Order(StringComparer.Ordinal));

    [Fact]
    public void Events()
    {
        List<string[]> rows = Rows("LbSpeaker", "Events");
        Assert.Equal(Enum.GetValues<EventReason>().Select(r => r.Text()).Order(StringComparer.Ordinal), rows.Select(r => r[0]).Order(StringComparer.Ordinal));
        Assert.All(rows, r => Assert.True(r[1] is "Normal" or "Warning" && r[2] is "metallb-controller" or "metallb-speaker" && r[3].Length > 10, r[0]));
    }

    [Fact]
    public void Metrics_of_the_daemons()
    {
        using ControllerMetrics controller = new();
        using SpeakerMetrics speaker = new("n1");
        using ProcessMetrics process = new();
        List<string[]> rows = Rows("LbSpeaker", "Metrics");
        Assert.Equal(Instruments("LbSpeaker.Controller"), Of("controller", "both"));
        Assert.Equal(Instruments("LbSpeaker.Speaker"), Of("speaker", "both"));
        Assert.Equal(Instruments(ProcessMetrics.MeterName), Of("process"));

        IEnumerable<string> Of(params string[] who) => rows.Where(r => who.Contains(r[1])).Select(r => r[0]).Order(StringComparer.Ordinal);
    }

    [Fact]
    public void Causes_of_a_takeover() => Assert.Equal(Enum.GetNames<TakeoverCause>(), new RoomReadme("LbSpeaker").Names("### TakeoverCause"));

    [Fact]
    public void What_came_of_a_packet() => Assert.Equal(Enum.GetNames<TraceOutcome>(), new RoomReadme("LbSpeaker").Names("### TraceOutcome"));

    [Fact]
    public void Metrics_of_the_Kubernetes_room()
    {
        using KubernetesMetrics metrics = new();
        Assert.Equal(Instruments(KubernetesMetrics.MeterName), Rows("LbSpeaker.Kubernetes", "Metrics").Select(r => r[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_is_tried_again() => Assert.Equal(
        Enum.GetNames<ApiOutcome>().Order(StringComparer.Ordinal), Rows("LbSpeaker.Kubernetes", "What is tried again, and when").Select(r => r[0]).Distinct().Order(StringComparer.Ordinal));

    private static IEnumerable<string> Constants(Type type) => type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (string)f.GetRawConstantValue()!);

    private static SortedSet<string> Instruments(string meter)
    {
        SortedSet<string> names = new(StringComparer.Ordinal);
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == meter) names.Add(instrument.Name);
        };
        listener.Start();
        return names;
    }

    /// <summary>The rows of a section's tables whose first cell is a word in code, the cells without their marks.</summary>
    private static List<string[]> Rows(string room, string heading)
    {
        string section = File.ReadAllText(Repository.PathOf("src", room, "README.md")).Split("\n## ").Single(s => s.StartsWith(heading + "\n", StringComparison.Ordinal));
        List<string[]> rows = [.. Row().Matches(section).Select(m => m.Value.Trim('|').Split('|').Select(c => c.Trim().Trim('`')).ToArray())];
        return rows.Count > 0 ? rows : throw new InvalidOperationException($"no table in {room}, {heading}");
    }

    [GeneratedRegex(@"^\| `.+\|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
