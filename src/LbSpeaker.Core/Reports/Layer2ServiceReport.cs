using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Reports;

/// <summary>Why the node that is to announce an address does not. The names are an API: they stand in ServiceL2Status and in the condition lbspeaker.io/Announced.</summary>
public enum NotAnnouncedReason
{
    /// <summary>None of the wanted interfaces is there, or none of them can answer for the address's family.</summary>
    NoInterface,
    /// <summary>A host that is none of ours has the address: it is not claimed.</summary>
    AddressInUse,
    /// <summary>The speaker of another node has the address and goes before this one, or does not leave it yet.</summary>
    Yielded,
}

/// <summary>What a node says about one Service that it is to announce: its ServiceL2Status.</summary>
/// <param name="IsAnnounced">It answers for one address at least.</param>
/// <param name="Interfaces">On which, by name, sorted; empty means all.</param>
/// <param name="NotAnnounced">The addresses for which it cannot answer, in the order of the Service's status.</param>
public sealed record Layer2ServiceReport(bool IsAnnounced, ValueArray<string> Interfaces, ValueArray<NotAnnouncedView> NotAnnounced)
{
    /// <summary>Another node owns the Service and is to take the object over: there is nothing to say, and nothing to clear away.</summary>
    public static Layer2ServiceReport LeftToOther { get; } = new(false, [], []);

    /// <summary>It announces nothing, since others have what it is to announce.</summary>
    public bool HasYielded => !IsAnnounced && !NotAnnounced.IsEmpty && NotAnnounced.All(n => n.Reason == nameof(NotAnnouncedReason.Yielded));

    /// <summary>The addresses that it owns: what it would take over again after a restart without asking the segment.</summary>
    public ValueArray<IpAddress> Addresses { get; init; }

    /// <summary>Since when it owns them.</summary>
    public DateTimeOffset Since { get; init; }
}
