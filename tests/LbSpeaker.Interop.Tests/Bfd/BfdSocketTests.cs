using System.Diagnostics.Metrics;
using LbSpeaker.Bfd;
using LbSpeaker.Bfd.Wire;
using LbSpeaker.Core.Net;
using LbSpeaker.Linux;
using LbSpeaker.Linux.Datagrams;

namespace LbSpeaker.Interop.Tests.Bfd;

/// <summary>The engine's sockets, with the test's own at the other end.</summary>
[Collection("bfd")]
public sealed class BfdSocketTests()
{
    [BfdFact]
    public void Sessions_send_from_ports_of_their_own_with_TTL_255()
    {
        using BfdNetwork network = new();
        Shell.Run("ip", "-n", network.Far, "address", "add", "192.0.2.3/24", "dev", "eth0");
        using UdpSocket v4 = Listen(network.Far, IpFamily.IPv4), v6 = Listen(network.Far, IpFamily.IPv6);
        using BfdNode node = new(network.Near, BfdNode.Wish("192.0.2.2"), BfdNode.Wish("192.0.2.3"), BfdNode.Wish("2001:db8::2"));
        Dictionary<IpAddress, HashSet<int>> ports = [];
        int packets = 0;
        Shell.Eventually(
            () =>
            {
                byte[] buffer = new byte[256];
                foreach (UdpSocket socket in new[] { v4, v6 })
                    while (socket.TryReceive(buffer, out UdpArrival arrival))
                    {
                        Assert.Equal((255, 24), (arrival.Ttl, arrival.Length));
                        Assert.Null(ControlPacket.TryDecode(buffer.AsSpan(0, arrival.Length), out ControlPacket _));
                        if (!ports.TryGetValue(arrival.Destination, out HashSet<int>? seen)) ports[arrival.Destination] = seen = [];
                        seen.Add(arrival.Source.Port);
                        packets++;
                    }
                return $"{packets} packets to {string.Join(", ", ports.Keys)}";
            },
            _ => packets >= 6 && ports.Count == 3);
        // RFC 5881 section 4: one port a session, in its range, shared with no other.
        Assert.All(ports.Values, p => Assert.InRange(Assert.Single(p), BfdPorts.FirstSource, BfdPorts.LastSource));
        Assert.Equal(3, ports.Values.SelectMany(p => p).Distinct().Count());
    }

    [BfdTheory]
    [InlineData("192.0.2.1", "192.0.2.2")]
    [InlineData("2001:db8::1", "2001:db8::2")]
    public void The_kernel_drops_and_counts_what_has_come_through_a_router(string own, string peer)
    {
        using BfdNetwork network = new();
        using BfdNode node = new(network.Near, BfdNode.Wish(peer));
        IpAddress near = IpAddress.Parse(own);
        using UdpSocket sender = NetworkNamespace.Run(network.Far, () => new UdpSocket(near.Family, null));
        byte[] packet = new byte[ControlPacket.HeaderLength];
        new ControlPacket { State = BfdState.Down, DetectMultiplier = 3, MyDiscriminator = 7, DesiredMinTx = BfdInterval.OneSecond, RequiredMinRx = BfdInterval.OneSecond }.Encode(packet);
        node.Eventually(s => s.Counters.ControlOut > 0);
        for (int sent = 0; sent < 5; sent++)
        {
            sender.SetOutgoing(254, 0);
            Assert.Equal(0, sender.Send(packet, new(near, BfdPorts.SingleHop, 0)));
        }
        Shell.Eventually(() => $"{Drops()} dropped", _ => Drops() >= 5);
        Assert.Equal((0, BfdState.Down), (node.Session.Counters.ControlIn, node.Session.State));
        sender.SetOutgoing(255, 0);
        Assert.Equal(0, sender.Send(packet, new(near, BfdPorts.SingleHop, 0)));
        node.Await(BfdState.Init);
    }

    private static UdpSocket Listen(string @namespace, IpFamily family) => NetworkNamespace.Run(@namespace, () =>
    {
        UdpSocket socket = new(family, null);
        socket.ReportArrivals();
        Assert.Equal(0, socket.Bind(new(new IpAddress(family, 0), BfdPorts.SingleHop, 0)));
        return socket;
    });

    private static long Drops()
    {
        long drops = 0;
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "lbspeaker_bfd_socket_drops_total") self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => drops += value);
        listener.Start();
        listener.RecordObservableInstruments();
        return drops;
    }
}
