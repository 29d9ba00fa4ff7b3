using LbSpeaker.Bench.Cluster;

namespace LbSpeaker.Bench.Tests;

public sealed class ProcessUsageTests
{
    [Fact]
    public void Times_are_found_behind_a_name_with_blanks_and_brackets()
    {
        ProcessUsage usage = ProcessUsage.Parse(
            "4711 (.NET (x) run) S 1 4711 4711 0 -1 4194560 2500 0 3 0 123 45 0 0 20 0 17 0 90210 274877906944 12345 18446744073709551615 1 1 0 0 0 0 0\n",
            ["Name:\tlbspeaker", "VmHWM:\t   71680 kB", "VmRSS:\t   52224 kB"]);
        Assert.Equal((1.68, 51, 70), (usage.Cpu.TotalSeconds, usage.ResidentMebibytes, usage.PeakMebibytes));
    }
}
