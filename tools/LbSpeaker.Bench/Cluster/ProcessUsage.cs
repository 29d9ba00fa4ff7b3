using System.Globalization;

namespace LbSpeaker.Bench.Cluster;

/// <summary>What a process has used, from /proc (proc(5)).</summary>
/// <param name="PeakMebibytes">The most that was ever resident.</param>
internal readonly record struct ProcessUsage(TimeSpan Cpu, double ResidentMebibytes, double PeakMebibytes)
{
    /// <summary>The unit of times there; every Linux of today has 100 a second.</summary>
    private const double TicksPerSecond = 100;

    public static ProcessUsage Of(int pid) => Parse(File.ReadAllText($"/proc/{pid}/stat"), File.ReadAllLines($"/proc/{pid}/status"));

    internal static ProcessUsage Parse(string stat, IReadOnlyCollection<string> status)
    {
        // The second field is the program's name in brackets, and may have blanks and brackets of its own; utime and stime are the 14th and 15th.
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        long ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        return new(TimeSpan.FromSeconds(ticks / TicksPerSecond), Mebibytes("VmRSS:"), Mebibytes("VmHWM:"));

        double Mebibytes(string field)
        {
            string kilobytes = status.First(l => l.StartsWith(field, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].TrimStart();
            return long.Parse(kilobytes, CultureInfo.InvariantCulture) / 1024.0;
        }
    }
}
