using LbSpeaker.Core.Net;
using LbSpeaker.Testing.Network;

namespace LbSpeaker.Interop.Tests.Bgp;

/// <summary>A node and a router, on one link or with a hop between them.</summary>
internal sealed class Lab : IDisposable
{
    public const string NodeIPv4 = "192.0.2.1", RouterIPv4 = "192.0.2.2", NodeIPv6 = "2001:db8::1", RouterIPv6 = "2001:db8::2";

    /// <summary>Where the router is behind the hop.</summary>
    public const string FarIPv4 = "198.51.100.2";

    private readonly TestNetwork network = new();

    public Lab(bool hasHop = false)
    {
        Node = network.Add();
        Router = network.Add();
        Folder = Directory.CreateTempSubdirectory("lbst-bgp-").FullName;
        // Daemons that drop their privileges still write here.
        Command.Run("chmod", "777", Folder);
        if (!hasHop)
        {
            TestNetwork.Connect(Node, "eth0", Router, "eth0");
            Give(Node, NodeIPv4, NodeIPv6);
            Give(Router, RouterIPv4, RouterIPv6);
            return;
        }
        TestNamespace hop = network.Add();
        TestNetwork.Connect(Node, "eth0", hop, "near");
        TestNetwork.Connect(Router, "eth0", hop, "far");
        hop.Set("net/ipv4/ip_forward", "1");
        hop.Ip("address add 192.0.2.254/24 dev near");
        hop.Ip("address add 198.51.100.254/24 dev far");
        Node.Ip($"address add {NodeIPv4}/24 dev eth0");
        Node.Ip("route add default via 192.0.2.254");
        Router.Ip($"address add {FarIPv4}/24 dev eth0");
        Router.Ip("route add default via 198.51.100.254");
    }

    public TestNamespace Node { get; }

    public TestNamespace Router { get; }

    /// <summary>A client behind the router, which forwards; the addresses answer on the node.</summary>
    public TestNamespace AddClient(params ReadOnlySpan<string> addresses)
    {
        TestNamespace client = network.Add();
        TestNetwork.Connect(client, "eth0", Router, "eth1");
        client.Ip("address add 198.51.100.1/24 dev eth0");
        client.Ip("route add default via 198.51.100.254");
        Router.Ip("address add 198.51.100.254/24 dev eth1");
        Router.Set("net/ipv4/ip_forward", "1");
        Node.Ip($"route add 198.51.100.0/24 via {RouterIPv4}");
        foreach (string address in addresses) Node.Ip($"address add {address}/32 dev lo");
        return client;
    }

    /// <summary>For the router's files; gone afterwards.</summary>
    public string Folder { get; }

    public static IpAddress Address(string text) => IpAddress.Parse(text);

    public void Dispose()
    {
        network.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static void Give(TestNamespace place, string ipv4, string ipv6)
    {
        place.Ip($"address add {ipv4}/24 dev eth0");
        place.Ip($"address add {ipv6}/64 dev eth0 nodad");
    }
}
