using System.Collections.Frozen;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Layer2.Answering;

/// <summary>Hosts of the segment that are no strangers.</summary>
/// <param name="Own">Every hardware address of this node, of interfaces that are not used too: what is heard from one of them came back by another way.</param>
/// <param name="Fellows">The speakers of other nodes. What one of them claims is settled by rank, and not by an answer.</param>
internal sealed record KnownHosts(FrozenSet<MacAddress> Own, FrozenSet<MacAddress> Fellows)
{
    public static KnownHosts None { get; } = new([], []);

    /// <summary>This same value where it says so already, so that whoever holds it sees that nothing changed.</summary>
    public KnownHosts Become(IReadOnlySet<MacAddress> own, IReadOnlySet<MacAddress> fellows) =>
        Own.SetEquals(own) && Fellows.SetEquals(fellows) ? this : new(own.ToFrozenSet(), fellows.ToFrozenSet());
}
