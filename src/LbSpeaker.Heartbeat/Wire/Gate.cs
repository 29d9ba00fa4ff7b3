using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Heartbeat.Judging;

namespace LbSpeaker.Heartbeat.Wire;

/// <summary>What datagrams must pass before anybody acts on them, and what the refused ones tell of the cluster.</summary>
internal sealed class Gate
{
    /// <summary>So long after the last sign of it a fault is told.</summary>
    private static readonly TimeSpan FaultMemory = TimeSpan.FromSeconds(10);

    private readonly SenderBook senders = new();
    private readonly Dictionary<string, TimeSpan> faults = [];
    private Roster roster = Roster.None;
    private ValueArray<HeartbeatKey> keys;

    /// <summary>What signs; null where there is no key.</summary>
    public HeartbeatKey? SigningKey => keys.IsEmpty ? null : keys[0];

    public void Follow(Roster next)
    {
        roster = next;
        keys = next.Keys.Select(KeyDerivation.ForDatagrams).ToValueArray();
    }

    /// <summary>The member's session came up, which proves it by itself.</summary>
    public void Forget(string node) => senders.Forget(node);

    public IEnumerable<string> Faults(TimeSpan now)
    {
        foreach (string old in faults.Where(f => f.Value <= now).Select(f => f.Key).ToList()) faults.Remove(old);
        return faults.Keys;
    }

    /// <summary>Null where the message is to be acted on.</summary>
    public DiscardReason? Accept(ReadOnlySpan<byte> octets, IpAddress source, TimeSpan now, out string from, out HeartbeatMessage? message)
    {
        DiscardReason? refused = Datagram.TryDecode(octets, keys, out DatagramHeader header, out message) ?? Judge(header, source, now);
        from = header.From;
        if (refused is not null) message = null;
        return refused;
    }

    private DiscardReason? Judge(in DatagramHeader header, IpAddress source, TimeSpan now)
    {
        if (header.To != roster.Plan.Node) return DiscardReason.Misdirected;
        if (roster.AddressOf(header.From) is not { } address) return DiscardReason.UnknownSender;
        if (address != source)
        {
            faults[$"node {header.From} is at {address}, and {source} claims to be it: two speakers of one name, or its address has changed"] = now + FaultMemory;
            return DiscardReason.WrongAddress;
        }
        DiscardReason? refused = senders.Accept(header, out bool isDouble);
        if (isDouble) faults[$"two speakers at {address} claim to be node {header.From}"] = now + FaultMemory;
        return refused;
    }
}
