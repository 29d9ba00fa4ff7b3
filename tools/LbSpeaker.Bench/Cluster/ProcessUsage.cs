using System.Globalization;

namespace LbSpeaker.Bench.Cluster;

/// <summary>What a process has used, from /proc (proc(5)).</summary>
internal readonly record struct ProcessUsage(TimeSpan Cpu, double ResidentMebibytes)
{
    /// <summary>The unit of times there; every Linux of today has 100 a second.</summary>
    private const double TicksPerSecond = 100;

    public static ProcessUsage Of(int pid) => Parse(File.ReadAllText($"/proc/{pid}/stat"), File.ReadAllLines($"/proc/{pid}/status"));

    internal static ProcessUsage Parse(string stat, IEnumerable<string> status)
    {
        // The second field is the program's name in brackets, and may have blanks and brackets of its own; utime and stime are the 14th and 15th.
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        long ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        string resident = status.First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].TrimStart();
        return new(TimeSpan.FromSeconds(ticks / TicksPerSecond), long.Parse(resident, CultureInfo.InvariantCulture) / 1024.0);
    }
}
