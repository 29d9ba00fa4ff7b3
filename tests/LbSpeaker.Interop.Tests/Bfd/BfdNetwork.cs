namespace LbSpeaker.Interop.Tests.Bfd;

/// <summary>
/// Two hosts on one switch, in namespaces of their own: <c>192.0.2.1</c> and <c>192.0.2.2</c>, <c>2001:db8::1</c> and <c>::2</c>. With a router between them instead, the far host
/// is <c>198.51.100.2</c> and <c>2001:db8:1::2</c>.
/// </summary>
internal sealed class BfdNetwork : IDisposable
{
    private static int next;

    private readonly List<string> namespaces = [];
    private readonly string prefix = $"bfd-{Environment.ProcessId}-{Interlocked.Increment(ref next)}-";

    public BfdNetwork(bool routed = false)
    {
        Near = Add("near");
        Far = Add("far");
        Middle = Add(routed ? "router" : "switch");
        Directory = System.IO.Directory.CreateTempSubdirectory("lbspeaker-bfd-").FullName;
        Shell.Run("chown", "frr:frr", Directory);
        if (!routed)
        {
            Ip(Middle, "link add br0 type bridge");
            Ip(Middle, "link set br0 up");
        }
        Cable(Near, "near", "192.0.2.1/24", "2001:db8::1/64");
        if (routed) Cable(Far, "far", "198.51.100.2/24", "2001:db8:1::2/64");
        else Cable(Far, "far", "192.0.2.2/24", "2001:db8::2/64");
        foreach (string port in new[] { "near", "far" })
            if (!routed) Ip(Middle, $"link set {port} master br0");
        if (!routed) return;
        Ip(Middle, "address add 192.0.2.254/24 dev near");
        Ip(Middle, "address add 198.51.100.254/24 dev far");
        Ip(Middle, "address add 2001:db8::fe/64 dev near nodad");
        Ip(Middle, "address add 2001:db8:1::fe/64 dev far nodad");
        Forward(Middle);
        Ip(Near, "route add default via 192.0.2.254");
        Ip(Near, "route add default via 2001:db8::fe");
        Ip(Far, "route add default via 198.51.100.254");
        Ip(Far, "route add default via 2001:db8:1::fe");
    }

    /// <summary>Where our engine runs.</summary>
    public string Near { get; }

    /// <summary>Where the other daemon runs.</summary>
    public string Far { get; }

    public string Middle { get; }

    /// <summary>For the files of daemons.</summary>
    public string Directory { get; }

    /// <summary>Has the namespace forward packets, as routers and nodes of clusters do.</summary>
    public static void Forward(string @namespace) =>
        Shell.Run("ip", "netns", "exec", @namespace, "sysctl", "-q", "-w", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.forwarding=1", "net.ipv6.conf.all.forwarding=1");

    /// <summary>Pulls the far host's cable at the switch; the near one keeps its carrier and hears nothing any more.</summary>
    public void Cut() => Ip(Middle, "link set far down");

    public void Mend() => Ip(Middle, "link set far up");

    public void Dispose()
    {
        foreach (string name in namespaces) Shell.Run("ip", "netns", "delete", name);
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private string Add(string name)
    {
        Shell.Run("ip", "netns", "add", prefix + name);
        namespaces.Add(prefix + name);
        Ip(prefix + name, "link set lo up");
        return prefix + name;
    }

    private void Cable(string host, string port, string v4, string v6)
    {
        Ip(Middle, $"link add {port} type veth peer name eth0 netns {host}");
        Ip(host, "link set eth0 up");
        Ip(Middle, $"link set {port} up");
        Ip(host, $"address add {v4} dev eth0");
        Ip(host, $"address add {v6} dev eth0 nodad");
    }

    private static void Ip(string @namespace, string command) => Shell.Run("ip", ["-n", @namespace, .. command.Split(' ')]);
}
