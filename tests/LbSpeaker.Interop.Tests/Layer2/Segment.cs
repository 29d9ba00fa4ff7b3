using LbSpeaker.Layer2;
using LbSpeaker.Testing.Network;

namespace LbSpeaker.Interop.Tests.Layer2;

/// <summary>A node and a client at the two ends of one cable, both called eth0, with the hardware addresses of the cases.</summary>
internal sealed class Segment : IAsyncDisposable
{
    private readonly TestNetwork network = new();
    private PacketClient? client;
    private Node? node;

    public Segment()
    {
        NodePlace = network.Add();
        ClientPlace = network.Add();
        Connect();
    }

    public TestNamespace NodePlace { get; }

    public TestNamespace ClientPlace { get; }

    public PacketClient Client => client ??= new PacketClient(ClientPlace, "eth0");

    public Node Node => node ?? throw new InvalidOperationException("the node has not been started");

    /// <summary>Lays the cable, again where it was removed.</summary>
    public void Connect()
    {
        client?.Dispose();
        client = null;
        TestNetwork.Connect(NodePlace, "eth0", ClientPlace, "eth0");
        NodePlace.Ip($"link set eth0 address {Wire.NodeMac}");
        ClientPlace.Ip($"link set eth0 address {Wire.ClientMac}");
    }

    /// <summary>One more namespace with a cable to the node.</summary>
    public TestNamespace Add(string nodeEnd)
    {
        TestNamespace added = network.Add();
        TestNetwork.Connect(NodePlace, nodeEnd, added, "eth0");
        return added;
    }

    public Node Start(params string[] announced) => Start(Node.Quiet, announced);

    public Node Start(Layer2Options options, params string[] announced)
    {
        node = new Node(NodePlace, options);
        return announced.Length == 0 ? node : node.Announce(announced);
    }

    public async ValueTask DisposeAsync()
    {
        if (node is not null) await node.DisposeAsync();
        client?.Dispose();
        network.Dispose();
    }
}
