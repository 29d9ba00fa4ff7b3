using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using LbSpeaker.Core.Values;
using LbSpeaker.Layer2;
using LbSpeaker.Linux;

namespace LbSpeaker.Doctor;

/// <summary>Looks at this machine as a node. It opens sockets and closes them at once; it changes nothing.</summary>
internal static class ThisNode
{
    private const string OwnProgram = "lbspeaker";

    private static readonly (string Protocol, int Port, string Use)[] Used =
    [
        ("tcp", 9120, "metrics"), ("tcp", 17472, "probes"), ("tcp", 179, "BGP sessions with passive"), ("udp", 4784, "BFD and heartbeats, RFC 5883"), ("udp", 7947, "heartbeats"),
    ];

    public static NodeFacts Look() => new(ReversePathFilter(), Taken(Used), [.. Features()]);

    private static ValueArray<(string Interface, int Value)> ReversePathFilter()
    {
        int all = Setting("all") ?? 0;
        Regex excluded = new Layer2Options().ExcludedInterfaces;
        return NetworkInterface.GetAllNetworkInterfaces()
            .Where(i => i is { OperationalStatus: OperationalStatus.Up, NetworkInterfaceType: not NetworkInterfaceType.Loopback } && !excluded.IsMatch(i.Name))
            .Select(i => (i.Name, Value: Setting(i.Name))).Where(i => i.Value is not null)
            .Select(i => (i.Name, Math.Max(all, i.Value!.Value))).OrderBy(i => i.Name, StringComparer.Ordinal).ToValueArray();
    }

    private static int? Setting(string name)
    {
        try
        {
            return int.Parse(File.ReadAllText($"/proc/sys/net/ipv4/conf/{name}/rp_filter"), CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Those of the ports that another program has.</summary>
    internal static ValueArray<TakenPort> Taken(params (string Protocol, int Port, string Use)[] used)
    {
        List<TakenPort> taken = [];
        foreach ((string protocol, int port, string use) in used)
            foreach (string program in ((string[])[protocol, protocol + "6"]).SelectMany(table => Listeners(table, port)).Distinct())
                if (program != OwnProgram) taken.Add(new(protocol, port, use, program));
        return taken.ToValueArray();
    }

    /// <summary>Who listens on a port, by proc_pid_net(5): local address and port in hexadecimal in the second column, the state in the fourth, the inode in the tenth.</summary>
    private static IEnumerable<string> Listeners(string table, int port)
    {
        const string listening = "0A";
        string file = $"/proc/self/net/{table}", suffix = string.Create(CultureInfo.InvariantCulture, $":{port:X4}");
        if (!File.Exists(file)) yield break;
        foreach (string line in File.ReadLines(file).Skip(1))
        {
            string[] columns = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length < 10 || !columns[1].EndsWith(suffix, StringComparison.Ordinal) || table.StartsWith("tcp", StringComparison.Ordinal) && columns[3] != listening) continue;
            yield return ProgramOf($"socket:[{columns[9]}]") ?? "another program";
        }
    }

    private static string? ProgramOf(string socket)
    {
        foreach (string process in Directory.GetDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0])))
            try
            {
                if (Directory.GetFiles(Path.Combine(process, "fd")).Any(fd => File.ResolveLinkTarget(fd, returnFinalTarget: false)?.Name == socket)) return File.ReadAllText(Path.Combine(process, "comm")).Trim();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It has ended, or is another user's.
            }
        return null;
    }

    private static IEnumerable<KernelFeature> Features()
    {
        yield return new("packet sockets", "ARP and NDP", Try(() => new Socket(AddressFamily.Packet, SocketType.Raw, ProtocolType.Unspecified).Dispose()));
        yield return new("socket filters", "answering without reading every frame", Try(() =>
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            const ushort returnNothing = 0x06;
            KernelFilter.TryAttach((int)socket.Handle, [new(returnNothing, 0, 0, 0)]);
        }));
        yield return new("TCP MD5 signatures (RFC 2385)", "BGP session with a password", Try(() =>
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.SetMd5Key(new IPEndPoint(IPAddress.Loopback, 179), "k");
        }));
        yield return new("network namespaces", "container, and so no speaker in one", Directory.Exists("/proc/self/ns") ? File.Exists("/proc/self/ns/net") : null);
        yield return new("VRFs", "BGP session in a VRF", Directory.Exists("/proc/sys/net/ipv4") ? File.Exists("/proc/sys/net/ipv4/tcp_l3mdev_accept") : null);
    }

    /// <summary>Null where it is not allowed to find out.</summary>
    private static bool? Try(Action open)
    {
        try
        {
            open();
            return true;
        }
        catch (Exception exception) when (exception is SocketException { SocketErrorCode: SocketError.AccessDenied } or UnauthorizedAccessException)
        {
            return null;
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return false;
        }
    }
}
