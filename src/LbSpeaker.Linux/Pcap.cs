using System.Reflection;
using System.Runtime.InteropServices;

namespace LbSpeaker.Linux;

/// <summary>
/// What SharpPcap keeps to itself: the descriptor to wait on, and the drop counters, which SharpPcap 6.3.1 reads with the wrong width and so
/// reports as 0 always.
/// </summary>
public static unsafe partial class Pcap
{
    static Pcap() => NativeLibrary.SetDllImportResolver(typeof(Pcap).Assembly, Resolve);

    /// <summary>libpcap can be loaded.</summary>
    public static bool IsInstalled => Find() != 0;

    /// <param name="handle">pcap_t of an open device.</param>
    public static int SelectableDescriptor(nint handle) => pcap_get_selectable_fd(handle);

    /// <summary>Frames that the kernel dropped because they were not read in time, since the device was opened.</summary>
    public static long Dropped(nint handle)
    {
        uint* counters = stackalloc uint[3];
        return pcap_stats(handle, counters) == 0 ? counters[1] : 0;
    }

    /// <summary>The bytes of a captured frame that pcap points to; they are pcap's until the next read.</summary>
    /// <param name="header">struct pcap_pkthdr: a 16-octet time stamp, then caplen and len.</param>
    public static ReadOnlySpan<byte> Frame(nint header, nint data) => new((void*)data, *(int*)(header + 16));

    /// <summary>When the kernel took the frame in, after 1970 began, by the clock on the wall.</summary>
    /// <param name="header">As of <see cref="Frame"/>: seconds, then parts of one.</param>
    /// <param name="parts">How many there are in a second.</param>
    public static TimeSpan TakenAt(nint header, long parts) =>
        TimeSpan.FromTicks(*(long*)header * TimeSpan.TicksPerSecond + *(long*)(header + 8) * TimeSpan.TicksPerSecond / parts);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name == "pcap" ? Find() : 0;

    private static nint Find()
    {
        foreach (string file in (ReadOnlySpan<string>)["libpcap.so.0.8", "libpcap.so.1", "libpcap.so"])
            if (NativeLibrary.TryLoad(file, out nint library)) return library;
        return 0;
    }

    [LibraryImport("pcap")]
    private static partial int pcap_get_selectable_fd(nint handle);

    [LibraryImport("pcap")]
    private static partial int pcap_stats(nint handle, uint* counters);
}
