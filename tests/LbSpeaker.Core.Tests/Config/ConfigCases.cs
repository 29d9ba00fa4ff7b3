using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Tests.Config;

public sealed class ConfigCases
{
    public static TheoryData<string> Titles => [.. TextCase.ReadAll("Config").Select(c => c.ToString())];

    [Fact]
    public void There_are_cases_in_every_file()
    {
        Assert.True(TextCase.ReadAll("Config").GroupBy(c => c.Table).Count() >= 2);
        Assert.All(TextCase.ReadAll("Config"), c => Assert.NotEmpty(c.Expected));
    }

    [Theory]
    [MemberData(nameof(Titles))]
    public void The_verdicts_are_as_the_case_says(string title)
    {
        TextCase given = TextCase.ReadAll("Config").Single(c => c.ToString() == title);
        CompiledConfig config = Compile(given, reversed: false);
        foreach (char kind in "=-+")
        {
            string[] expected = [.. given.Expected.Where(l => l[0] == kind)];
            if (expected.Length == 0) continue;
            IEnumerable<string> actual = kind switch { '=' => config.Verdicts.Select(Print), '-' => config.Pools.Select(Print), _ => config.L2Advertisements.Select(Print) };
            Assert.Equal(kind == '-' ? expected : expected.Order(StringComparer.Ordinal), kind == '-' ? actual : actual.Order(StringComparer.Ordinal));
        }
        if (given.Expected.Any(l => l.StartsWith("warn ", StringComparison.Ordinal)))
            Assert.Equal(given.Expected.Count(l => l.StartsWith("warn ", StringComparison.Ordinal)), config.Verdicts.Sum(v => v.Warnings.Count));
        foreach (string line in given.Expected.Where(l => l[0] is 's' or 'w'))
        {
            string[] parts = line.Split(' ', 4);
            IEnumerable<ConfigVerdict> of = config.Verdicts.Where(v => v.Meta.Kind == parts[1] && v.Meta.Key.Name == parts[2]);
            Assert.Contains(of.SelectMany(v => parts[0] == "warn" ? v.Warnings : v.Problems.Select(p => p.Message)), m => m.Contains(parts[3], StringComparison.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Titles))]
    public void The_order_of_the_input_decides_nothing_and_equal_input_compiles_equal(string title)
    {
        TextCase given = TextCase.ReadAll("Config").Single(c => c.ToString() == title);
        Assert.Equal(Compile(given, reversed: false), Compile(given, reversed: true));
    }

    [Fact]
    public void Problems_are_sorted_whatever_object_they_are_of()
    {
        CompiledConfig config = Compile(new("", "", ["l2 z fault=b", "l2 a fault=c", "pool p"], []), reversed: false);
        Assert.Equal(["IPAddressPool p", "L2Advertisement a", "L2Advertisement z"], config.Problems.Select(p => $"{p.Kind} {p.Key.Name}"));
    }

    private static CompiledConfig Compile(TextCase given, bool reversed)
    {
        ClusterSnapshot snapshot = ClusterText.Read(given.Given).ToBuilder(reversed).Publish();
        return ConfigCompiler.Compile(snapshot);
    }

    private static string Print(ConfigVerdict verdict) =>
        string.Join(" ", ["=", verdict.Standing.ToString(), verdict.Meta.Kind, verdict.Meta.Key.Name, .. verdict.Problems.Select(p => p.Reason.ToString())]);

    private static string Print(CompiledPool pool)
    {
        List<string> words = ["-", pool.Name, pool.State.ToString()];
        if (!pool.Ranges.IsEmpty) words.Add(string.Join(",", pool.Ranges.AsEnumerable()));
        if (!pool.Excluded.IsEmpty) words.AddRange(["exclude", string.Join(",", pool.Excluded.AsEnumerable())]);
        if (pool.Namespaces is { } names) words.AddRange(["for", names.IsEmpty ? "nobody" : string.Join(",", names.AsEnumerable())]);
        if (!pool.ServiceSelectors.IsEmpty)
            words.AddRange(["selecting", string.Join("|", pool.ServiceSelectors.Select(s => string.Join(",", s.Requirements.Select(r => $"{r.Key}={r.Values[0]}"))))]);
        // Who it is for says little of a pool that serves nobody new.
        if (pool.State == PoolState.Ready && pool.IsPinned) words.Add("pinned");
        if (pool.Priority != 0) words.Add($"priority {pool.Priority}");
        if (pool.FromLastValid) words.Add("last");
        return string.Join(" ", words);
    }

    private static string Print(CompiledL2Advertisement l2)
    {
        List<string> words = ["+", l2.Key.Name];
        if (!l2.Pools.IsEmpty) words.Add(string.Join(",", l2.Pools.AsEnumerable()));
        if (!l2.Interfaces.IsEmpty) words.AddRange(["on", string.Join(",", l2.Interfaces.AsEnumerable())]);
        words.AddRange(l2.PreferredNodes.Select(p => $"prefers {p.Weight}"));
        return string.Join(" ", words);
    }
}
