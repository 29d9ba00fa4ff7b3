using System.Reflection;
using System.Text.RegularExpressions;
using LbSpeaker.Testing;
using LbSpeaker.Testing.Observability;

namespace LbSpeaker.Bfd.Tests;

/// <summary>What the room's README says of names, settings, metrics and tests is what there is.</summary>
public sealed partial class ReadmeTests
{
    private static readonly RoomReadme Readme = new("LbSpeaker.Bfd");

    [Theory]
    [InlineData("DownReason", typeof(DownReason))]
    [InlineData("BfdFault", typeof(BfdFault))]
    [InlineData("EchoStanding", typeof(EchoStanding))]
    [InlineData("DiscardReason", typeof(DiscardReason))]
    public void Every_name_of_a_closed_set_stands_in_its_table_with_a_meaning(string heading, Type names) => Assert.Equal(Enum.GetNames(names), Readme.Names("### " + heading));

    [Fact]
    public void Every_setting_stands_in_the_table() =>
        Assert.Equal(typeof(BfdSettings).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(p => p.Name), Readme.Names("## Settings"));

    [Fact]
    public void Every_metric_stands_in_the_table()
    {
        using BfdMetrics metrics = new(() => BfdReport.Empty, () => []);
        Assert.Equal(RecordedMetrics.Published(BfdMetrics.MeterName), Readme.Names("### Metrics").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_test_that_is_named_exists()
    {
        string section = Readme.Section("## Standards");
        string[] interop = [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Interop"), "*Tests.cs").Select(File.ReadAllText)];
        (string Type, string Method)[] named = [.. TestName().Matches(section).Select(m => (m.Groups[1].Value, m.Groups[2].Value))];
        Assert.True(named.Length > 40);
        foreach ((string type, string method) in named)
        {
            bool here = typeof(ReadmeTests).Assembly.GetTypes().Any(t => t.Name == type && t.GetMethod(method) is not null);
            bool there = interop.Any(text => text.Contains($"class {type}(", StringComparison.Ordinal) && text.Contains($"void {method}(", StringComparison.Ordinal));
            Assert.True(here || there, $"there is no test {type}.{method}");
        }
        // No row without a test.
        Assert.All(section.Split('\n').Where(l => DemandRow().IsMatch(l)), l => Assert.Matches(TestName(), l));
    }

    [GeneratedRegex(@"`(\w+)\.(\w+)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"^\| 588\d \d")]
    private static partial Regex DemandRow();
}
