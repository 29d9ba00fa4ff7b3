using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Heartbeat.Judging;
using LbSpeaker.Heartbeat.Wire;
using LbSpeaker.Linux;
using LbSpeaker.Linux.Datagrams;

namespace LbSpeaker.Heartbeat.Engine;

/// <summary>The socket that speakers talk over, bound to the node's address. Owned by the engine's thread; counters may be read by any.</summary>
/// <param name="incarnation">Grows with every start of the process.</param>
internal sealed class HeartbeatSocket(ReadySet ready, ushort port, ulong incarnation) : IDisposable
{
    /// <summary>Internetwork control (CS6), as heartbeats have it.</summary>
    private const byte TrafficClass = 0xC0;

    /// <summary>How many datagrams are taken in a row at most, so that a flood does not keep the timers waiting.</summary>
    private const int Batch = 512;

    /// <summary>Room for the notices of all neighbors of a large cluster at once.</summary>
    private const int ReceiveBuffer = 1 << 20;

    private const int AddressInUse = 98, AddressNotAvailable = 99;

    private readonly Gate gate = new();
    private readonly long[] discarded = new long[Enum.GetValues<DiscardReason>().Length];
    // One octet more than is ever sent: what is cut does not pass for whole.
    private readonly byte[] buffer = new byte[Datagram.MaxLength + 1];
    private Roster roster = Roster.None;
    private UdpSocket? socket;
    private IpAddress? bound;
    private string? fault;
    private ulong sequence;
    private long received, sent;

    public HeartbeatCounters Counters => new(Volatile.Read(ref received), Volatile.Read(ref sent),
        discarded.Select((_, reason) => new DiscardCount((DiscardReason)reason, Volatile.Read(ref discarded[reason]))).ToValueArray());

    public IEnumerable<string> Faults(TimeSpan now) => gate.Faults(now).Concat(fault is null ? [] : [fault]);

    public void Follow(Roster next)
    {
        roster = next;
        gate.Follow(next);
        if (bound != Wanted) Close();
        Open();
    }

    public void Forget(string node) => gate.Forget(node);

    /// <summary>Opens the socket where it is wanted and not open: what stood against it may have gone.</summary>
    public void Open()
    {
        if (socket is not null || Wanted is not { } address) return;
        int error;
        UdpSocket? opened = null;
        try
        {
            opened = new UdpSocket(address.Family, null);
            opened.SetOutgoing(255, TrafficClass);
            opened.SetReceiveBuffer(ReceiveBuffer);
            error = opened.Bind(new(address, port, 0));
        }
        catch (IOException failure)
        {
            error = failure.HResult;
        }
        fault = error switch
        {
            0 => null,
            AddressInUse => $"UDP port {port} of {address} is in use by another program",
            AddressNotAvailable => $"{address} is not on this node",
            _ => $"UDP port {port} of {address} cannot be opened (error {error})",
        };
        if (error != 0)
        {
            opened?.Dispose();
            return;
        }
        socket = opened!;
        bound = address;
        ready.Insert(socket.Descriptor);
    }

    public void Send(in Outgoing outgoing)
    {
        if (socket is null || gate.SigningKey is not { } key || roster.AddressOf(outgoing.To) is not { } address) return;
        int length = Datagram.Encode(buffer, new(roster.Plan.Node, outgoing.To, incarnation, ++sequence), outgoing.Message, key);
        // What cannot be sent is lost like what is lost on the way.
        if (socket.Send(buffer.AsSpan(0, length), new(address, port, 0)) == 0) Volatile.Write(ref sent, sent + 1);
    }

    /// <summary>Hands over what waits.</summary>
    public void Pump(TimeSpan now, Action<string, HeartbeatMessage> accepted)
    {
        for (int read = 0; read < Batch && socket is not null && socket.TryReceive(buffer, out UdpArrival arrival); read++)
        {
            Volatile.Write(ref received, received + 1);
            if (gate.Accept(buffer.AsSpan(0, arrival.Length), arrival.Source.Address, now, out string from, out HeartbeatMessage? message) is { } reason)
                Volatile.Write(ref discarded[(int)reason], discarded[(int)reason] + 1);
            else accepted(from, message!);
        }
    }

    public void Dispose() => Close();

    private IpAddress? Wanted => roster.IsActive ? roster.Plan.Address : null;

    private void Close()
    {
        fault = null;
        bound = null;
        if (socket is null) return;
        ready.Remove(socket.Descriptor);
        socket.Dispose();
        socket = null;
    }
}
