using System.Collections.Immutable;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Net;
using LbSpeaker.Layer2;
using LbSpeaker.Testing.Network;

namespace LbSpeaker.Interop.Tests.Layer2;

/// <summary>Several nodes and a client at one switch, each with an eth0; every node knows the others as fellows.</summary>
internal sealed class Switch : IAsyncDisposable
{
    private readonly TestNetwork network = new();
    private readonly TestNamespace bridge;
    private readonly List<(Node Node, string Name, MacAddress Mac)> nodes = [];
    private int plugged;

    public Switch()
    {
        bridge = network.Add();
        bridge.Ip("link add br0 type bridge");
        bridge.Ip("link set br0 up");
        TestNamespace place = Plug();
        place.Ip($"link set eth0 address {Wire.ClientMac}");
        Client = new PacketClient(place, "eth0");
    }

    public PacketClient Client { get; }

    /// <summary>One more node, without a plan.</summary>
    public Node Add(Layer2Options options)
    {
        TestNamespace place = Plug();
        Node node = new(place, options);
        nodes.Add((node, $"node-{nodes.Count}", place.Link("eth0").Mac!.Value));
        return node;
    }

    public void Plan(Node node, Layer2Role role, string address)
    {
        string name = nodes.Single(n => n.Node == node).Name;
        node.Announcer.SetDesired(Node.PlanOf(role, address) with
        {
            Node = name,
            Fellows = nodes.Where(n => n.Node != node).ToImmutableSortedDictionary(n => n.Mac, n => n.Name),
        });
    }

    public string NameOf(Node node) => nodes.Single(n => n.Node == node).Name;

    public string MacOf(Node node) => nodes.Single(n => n.Node == node).Mac.ToString();

    /// <summary>The node that goes first for the address.</summary>
    public Node First(string address) => nodes.Aggregate((a, b) => OwnerElection.Outranks(a.Name, b.Name, IpAddress.Parse(address)) ? a : b).Node;

    /// <summary>Who answers one request of the client.</summary>
    public IReadOnlyList<string> Answering(string address)
    {
        Client.Discard();
        Client.Send(Wire.Asking(address));
        List<string> answering = [];
        Client.Receive(f =>
        {
            answering.AddRange(nodes.Where(n => Wire.IsAnswer(f, address, n.Mac.ToString())).Select(n => n.Name));
            return false;
        }, TimeSpan.FromMilliseconds(150));
        return answering;
    }

    public async ValueTask DisposeAsync()
    {
        foreach ((Node node, _, _) in nodes) await node.DisposeAsync();
        Client.Dispose();
        network.Dispose();
    }

    private TestNamespace Plug()
    {
        TestNamespace place = network.Add();
        TestNetwork.Connect(bridge, $"p{++plugged}", place, "eth0");
        bridge.Ip($"link set p{plugged} master br0");
        return place;
    }
}
