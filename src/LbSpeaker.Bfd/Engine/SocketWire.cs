using LbSpeaker.Bfd.Wire;
using LbSpeaker.Core.Net;
using LbSpeaker.Linux;
using LbSpeaker.Linux.Datagrams;
using LbSpeaker.Linux.Links;

namespace LbSpeaker.Bfd.Engine;

/// <summary>
/// The sockets of all sessions. Each session sends from a port of its own (RFC 5881 section 4); all are heard on the well-known ports, one socket a family and VRF; echo packets
/// go past the routing table. Owned by the engine's thread.
/// </summary>
/// <param name="random">Any 32-bit value.</param>
internal sealed class SocketWire(ReadySet ready, Func<uint> random) : ISessionWire, IDisposable
{
    /// <summary>Internetwork control (CS6), as routing protocols have it.</summary>
    public const byte TrafficClass = 0xC0;

    private const int PermissionDenied = 1, NoSuchDeviceOrAddress = 6, AccessDenied = 13, NoSuchDevice = 19, InvalidArgument = 22;
    private const int AddressInUse = 98, AddressNotAvailable = 99, NetworkDown = 100, NetworkUnreachable = 101, NoBufferSpace = 105, HostUnreachable = 113, TryAgain = 11;
    private const int SourcePorts = BfdPorts.LastSource - BfdPorts.FirstSource + 1, SourcePortAttempts = 256;
    private static readonly TimeSpan NeighborLifetime = TimeSpan.FromSeconds(1);

    /// <summary>What one session has open.</summary>
    private sealed class SessionPath(UdpSocket socket, UdpEndpoint peer, int @interface)
    {
        public UdpSocket Socket { get; } = socket;

        public UdpEndpoint Peer { get; } = peer;

        public int Interface { get; } = @interface;

        public List<Receiver> Receivers { get; } = [];

        public EchoPort? Echo { get; set; }

        public MacAddress? Neighbor { get; set; }

        public TimeSpan NeighborUntil { get; set; }
    }

    private readonly Dictionary<ReceiverKey, Receiver> receivers = [];
    private readonly Dictionary<(int Interface, IpFamily Family), EchoPort> echoPorts = [];
    private readonly Dictionary<int, Receiver> receiverOf = [];
    private readonly Dictionary<int, EchoPort> echoPortOf = [];
    private readonly byte[] buffer = new byte[2048];
    private NeighborLookup? neighbors;
    private volatile Receiver[] open = [];

    /// <summary>Whom what arrives is handed to.</summary>
    public SessionTable Table { get; set; } = null!;

    /// <summary>Datagrams that the kernel dropped, by receiving socket. Any thread may ask.</summary>
    public IEnumerable<(ReceiverKey Socket, long Datagrams)> Dropped => open.Select(r => (r.Key, r.Dropped));

    public BfdFault Open(LiveSession session)
    {
        if (session.Path is null && OpenPath(session) is not BfdFault.None and BfdFault fault) return fault;
        SessionPath path = (SessionPath)session.Path!;
        IpFamily family = session.Key.Peer.Family;
        ReceiverKind kind = session.Key.Hops == BfdHops.Multi ? ReceiverKind.Multihop : ReceiverKind.SingleHop;
        fault = Listen(path, new(kind, family, session.Key.Vrf));
        if (session.Wanted.EchoInterval is null || fault != BfdFault.None) return fault;
        return Listen(path, new(ReceiverKind.EchoLoop, family, session.Key.Vrf));
    }

    public void Close(LiveSession session)
    {
        if (session.Path is not SessionPath path) return;
        session.Path = null;
        path.Socket.Dispose();
        foreach (Receiver receiver in path.Receivers)
        {
            if (--receiver.Users > 0) continue;
            receivers.Remove(receiver.Key);
            receiverOf.Remove(receiver.Descriptor);
            open = [.. receivers.Values];
            ready.Remove(receiver.Descriptor);
            receiver.Dispose();
        }
        LeaveEcho(path);
    }

    public BfdFault Send(LiveSession session, ReadOnlySpan<byte> packet)
    {
        SessionPath path = (SessionPath)session.Path!;
        int error = path.Socket.Send(packet, path.Peer);
        return error is 0 or TryAgain or NoBufferSpace ? BfdFault.None : FaultOf(error);
    }

    public bool SendEcho(LiveSession session, ReadOnlySpan<byte> packet)
    {
        if (session.Path is not SessionPath path) return false;
        int @interface = path.Interface != 0 ? path.Interface : session.HeardInterface;
        IpAddress local = session.Key.Local ?? session.HeardAddress;
        if (path.Echo?.Interface != @interface && !JoinEcho(path, @interface, local.Family)) return false;
        TimeSpan now = Linux.Timing.DeadlineTimer.Now;
        if (now >= path.NeighborUntil)
        {
            path.Neighbor = (neighbors ??= new NeighborLookup()).Find(@interface, session.Key.Peer);
            path.NeighborUntil = now + NeighborLifetime;
        }
        return path.Neighbor is { } neighbor && path.Echo!.TrySend(packet, session.Settings.EchoSource ?? local, local, neighbor);
    }

    public int InterfaceOf(LiveSession session) => session.Path is SessionPath path ? path.Interface : 0;

    /// <summary>RFC 5881 section 4 has the peer send them to itself, so that the kernel here forwards them. Some send them to us: <see cref="Receiver"/> has these.</summary>
    public bool LoopsEchoes(LiveSession session) => session.Wanted.EchoInterval is not null && Forwarding.IsOn(session.Key.Peer.Family, session.Key.Interface);

    public void Drain(TimeSpan now)
    {
        foreach (Receiver receiver in open) receiver.Pump(Table, buffer, now);
        foreach (EchoPort port in echoPorts.Values) port.Pump(Table, buffer, now);
    }

    /// <summary>Hands over what waits at one descriptor.</summary>
    public void Pump(int descriptor, TimeSpan now)
    {
        if (receiverOf.TryGetValue(descriptor, out Receiver? receiver)) receiver.Pump(Table, buffer, now);
        else if (echoPortOf.TryGetValue(descriptor, out EchoPort? port)) port.Pump(Table, buffer, now);
    }

    public void Dispose()
    {
        foreach (Receiver receiver in receivers.Values) receiver.Dispose();
        foreach (EchoPort port in echoPorts.Values) port.Dispose();
        neighbors?.Dispose();
        open = [];
    }

    private BfdFault OpenPath(LiveSession session)
    {
        BfdSessionKey key = session.Key;
        int @interface = 0;
        if (key.Interface is not null)
        {
            if (LinkIndex.Of(key.Interface) is not { } index) return BfdFault.InterfaceMissing;
            @interface = index;
        }
        if (key.Vrf is not null && LinkIndex.Of(key.Vrf) is null) return BfdFault.InterfaceMissing;
        UdpSocket socket;
        try
        {
            // RFC 5881 section 6: over the very link that is watched. A multihop session may move with the routes.
            socket = new UdpSocket(key.Peer.Family, key.Hops == BfdHops.Single && key.Interface is not null ? key.Interface : key.Vrf);
        }
        catch (IOException failure)
        {
            return FaultOf(failure.HResult);
        }
        socket.SetOutgoing(255, TrafficClass);
        socket.KeepNothing();
        IpAddress local = key.Local ?? new IpAddress(key.Peer.Family, 0);
        int error = AddressInUse;
        for (int attempt = 0; attempt < SourcePortAttempts && error == AddressInUse; attempt++)
            error = socket.Bind(new(local, (ushort)(BfdPorts.FirstSource + random() % SourcePorts), @interface));
        if (error != 0)
        {
            socket.Dispose();
            return FaultOf(error);
        }
        session.Path = new SessionPath(socket, new(key.Peer, key.Hops == BfdHops.Multi ? (ushort)BfdPorts.Multihop : (ushort)BfdPorts.SingleHop, @interface), @interface);
        return BfdFault.None;
    }

    private BfdFault Listen(SessionPath path, ReceiverKey key)
    {
        if (!receivers.TryGetValue(key, out Receiver? receiver))
        {
            receiver = Receiver.TryOpen(key, out int error);
            if (receiver is null) return FaultOf(error);
            receivers[key] = receiver;
            receiverOf[receiver.Descriptor] = receiver;
            open = [.. receivers.Values];
            ready.Insert(receiver.Descriptor);
        }
        if (path.Receivers.Contains(receiver)) return BfdFault.None;
        path.Receivers.Add(receiver);
        receiver.Users++;
        return BfdFault.None;
    }

    private bool JoinEcho(SessionPath path, int @interface, IpFamily family)
    {
        LeaveEcho(path);
        if (@interface == 0) return false;
        if (!echoPorts.TryGetValue((@interface, family), out EchoPort? port))
        {
            try
            {
                port = new EchoPort(@interface, family);
            }
            catch (IOException)
            {
                // The report says Unavailable; the session goes on without.
                return false;
            }
            echoPorts[(@interface, family)] = port;
            echoPortOf[port.Descriptor] = port;
            ready.Insert(port.Descriptor);
        }
        port.Users++;
        path.Echo = port;
        path.NeighborUntil = TimeSpan.MinValue;
        return true;
    }

    private void LeaveEcho(SessionPath path)
    {
        if (path.Echo is not { } port) return;
        path.Echo = null;
        if (--port.Users > 0) return;
        echoPorts.Remove((port.Interface, port.Family));
        echoPortOf.Remove(port.Descriptor);
        ready.Remove(port.Descriptor);
        port.Dispose();
    }

    private static BfdFault FaultOf(int error) => error switch
    {
        NoSuchDevice or NoSuchDeviceOrAddress => BfdFault.InterfaceMissing,
        // What a bound socket says once its address is gone.
        AddressNotAvailable or InvalidArgument => BfdFault.AddressMissing,
        AddressInUse => BfdFault.PortInUse,
        PermissionDenied or AccessDenied => BfdFault.NotPermitted,
        NetworkDown or NetworkUnreachable or HostUnreachable => BfdFault.Unreachable,
        _ => BfdFault.SendFailed,
    };
}
