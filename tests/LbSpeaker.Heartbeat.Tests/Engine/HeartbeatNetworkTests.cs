using System.Net;
using System.Net.Sockets;
using LbSpeaker.Core.Values;
using LbSpeaker.Testing.Network;
using Xunit.Abstractions;

namespace LbSpeaker.Heartbeat.Tests.Engine;

/// <summary>Three speakers on a switch, each in a namespace of its own, with all that there is in them: BFD, sockets, threads.</summary>
public sealed class HeartbeatNetworkTests(ITestOutputHelper output) : IDisposable
{
    private static readonly HeartbeatKey Key = new(1, new SecretOctets("a secret of the cluster"u8));
    private readonly TestNetwork network = new();
    private readonly List<HeartbeatNode> nodes = [];

    [NetworkFact("nft")]
    public void A_dead_speaker_is_known_to_the_others_and_a_failed_path_is_none()
    {
        Start(3);
        AwaitAllAlive();

        // What leaves one for the other gets lost, in both directions.
        Block(1, 2);
        Block(2, 1);
        nodes[0].Await(2, MemberState.Alive, isPathFailed: true);
        nodes[1].Await(1, MemberState.Alive, isPathFailed: true);
        Assert.DoesNotContain(nodes.SelectMany(n => n.Engine.Report.Members), m => m.State == MemberState.Dead);
        foreach (HeartbeatNode node in nodes) node.Namespace.Try("nft", "flush", "ruleset");
        AwaitAllAlive();

        // The cable of the third is pulled: as if its machine had died.
        TimeSpan before = HeartbeatNode.Now;
        nodes[2].Namespace.Ip("link set eth0 down");
        foreach (HeartbeatNode node in nodes[..2])
        {
            TimeSpan dead = node.AwaitChange(3, MemberState.Dead, before, TimeSpan.FromSeconds(5)) - before;
            output.WriteLine($"{node.Namespace.Name}: dead after {dead.TotalMilliseconds:0} ms");
        }
        nodes[0].Await(2, MemberState.Alive);
        nodes[2].Namespace.Ip("link set eth0 up");
        AwaitAllAlive();

        // One goes by intent.
        TimeSpan stopped = HeartbeatNode.Now;
        nodes[2].Dispose();
        nodes.RemoveAt(2);
        foreach (HeartbeatNode node in nodes)
        {
            TimeSpan leaving = node.AwaitChange(3, MemberState.Leaving, stopped, TimeSpan.FromSeconds(5)) - stopped;
            output.WriteLine($"{node.Namespace.Name}: leaving after {leaving.TotalMilliseconds:0} ms");
        }
    }

    [NetworkFact]
    public void A_port_in_use_an_address_that_is_missing_and_what_strangers_send_are_told_and_survived()
    {
        List<TestNamespace> places = Places(2);
        using Socket squatter = places[0].Enter(() =>
        {
            Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Parse("192.0.2.1"), HeartbeatSettings.Default.Port));
            return socket;
        });
        places[1].Ip("address del 192.0.2.2/24 dev eth0");
        for (int number = 1; number <= 2; number++) nodes.Add(new(places[number - 1], HeartbeatNode.Plan(number, 2, Key)));
        AwaitFault(0, "UDP port 7947 of 192.0.2.1 is in use by another program");
        AwaitFault(1, "192.0.2.2 is not on this node");
        squatter.Dispose();
        places[1].Ip("address add 192.0.2.2/24 dev eth0");
        AwaitAllAlive();
        Eventually.True("no fault is left", TimeSpan.FromSeconds(10), () => nodes.All(n => n.Engine.Report.Faults.IsEmpty));

        using Socket stranger = places[1].Enter(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        stranger.SendTo(new byte[100], new IPEndPoint(IPAddress.Parse("192.0.2.1"), HeartbeatSettings.Default.Port));
        Eventually.True("it is counted", TimeSpan.FromSeconds(10), () => nodes[0].Engine.Report.Counters.Discarded.Contains(new(DiscardReason.Version, 1)));
        AwaitAllAlive();
    }

    public void Dispose()
    {
        foreach (HeartbeatNode node in nodes) node.Dispose();
        network.Dispose();
    }

    private void Start(int count)
    {
        List<TestNamespace> places = Places(count);
        for (int number = 1; number <= count; number++) nodes.Add(new(places[number - 1], HeartbeatNode.Plan(number, count, Key)));
    }

    private List<TestNamespace> Places(int count)
    {
        TestNamespace middle = network.Add();
        middle.Ip("link add br0 type bridge");
        middle.Ip("link set br0 up");
        List<TestNamespace> places = [];
        for (int number = 1; number <= count; number++)
        {
            TestNamespace place = network.Add();
            TestNetwork.Connect(middle, $"port{number}", place, "eth0");
            middle.Ip($"link set port{number} master br0");
            place.Ip($"address add 192.0.2.{number}/24 dev eth0");
            places.Add(place);
        }
        return places;
    }

    private void Block(int from, int to)
    {
        TestNamespace place = nodes[from - 1].Namespace;
        Assert.Equal(0, place.Try("nft", "add", "table", "ip", "cut").ExitCode);
        Assert.Equal(0, place.Try("nft", "add", "chain", "ip", "cut", "in", "{ type filter hook input priority 0 ; }").ExitCode);
        Assert.Equal(0, place.Try("nft", "add", "rule", "ip", "cut", "in", "ip", "saddr", $"192.0.2.{to}", "drop").ExitCode);
    }

    private void AwaitAllAlive()
    {
        for (int judge = 1; judge <= nodes.Count; judge++)
            for (int subject = 1; subject <= nodes.Count; subject++)
                if (subject != judge) nodes[judge - 1].Await(subject, MemberState.Alive);
    }

    private void AwaitFault(int node, string fault) =>
        Eventually.True($"the fault is told: {fault}", TimeSpan.FromSeconds(10), () => nodes[node].Engine.Report.Faults.Contains(fault));
}
