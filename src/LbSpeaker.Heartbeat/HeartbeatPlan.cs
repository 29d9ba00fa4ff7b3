using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Heartbeat;

/// <summary>Another node with a speaker.</summary>
/// <param name="Address">Where its heartbeats come from: of the same family as our own, and not link-local.</param>
public sealed record HeartbeatMember(string Node, IpAddress Address);

/// <summary>A secret that the speakers of a cluster share. What signs is derived from it for each purpose, so that no two purposes share a key.</summary>
/// <param name="Id">The number that datagrams name it by. No two keys of a plan have the same.</param>
/// <param name="Secret">Any number of octets; 16 at least to be worth anything.</param>
public sealed record HeartbeatKey(byte Id, SecretOctets Secret)
{
    public override string ToString() => "***";
}

/// <summary>Who watches whom and how. Compared by content: an equal one changes nothing.</summary>
/// <param name="Node">This node.</param>
/// <param name="Address">Our own address; null while it is not known: nothing is sent or heard then.</param>
/// <param name="Members">The other nodes with a speaker, in any order.</param>
/// <param name="Keys">The first one signs, each is accepted, so that keys can be changed without a break. None: no heartbeats at all.</param>
/// <param name="Leaving">This speaker goes by intent. The others are told at once and stop counting on it; it watches nobody any more, so that every member is Unheard.</param>
public sealed record HeartbeatPlan(string Node, IpAddress? Address, ValueArray<HeartbeatMember> Members, ValueArray<HeartbeatKey> Keys, bool Leaving);
