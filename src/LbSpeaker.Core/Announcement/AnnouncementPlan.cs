using System.Collections.Immutable;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Announcement;

public enum AnnouncementProtocol { Layer2, Bgp }

/// <summary>One node answers for one address by ARP or NDP.</summary>
/// <param name="Interfaces">Exact names, sorted; empty means all.</param>
public sealed record Layer2Announcement(IpAddress Address, string Node, ValueArray<string> Interfaces);

/// <summary>One node is silent although an advertisement could reach it.</summary>
/// <param name="Node">Null where the reason does not depend on the node.</param>
public sealed record Refusal(AnnouncementProtocol Protocol, string? Node, RefusalReason Reason);

/// <summary>
/// Why nodes are silent about one Service, by protocol; each sorted by node. Worked out when it is asked for: ten thousand Services on a thousand nodes have ten million
/// reasons, and only people read them.
/// </summary>
public sealed class SilenceReasons(Func<ValueArray<Refusal>> layer2, Func<ValueArray<Refusal>> bgp, Func<ValueArray<Refusal>> passedOver) : IEquatable<SilenceReasons>
{
    public static SilenceReasons None { get; } = new(static () => [], static () => [], static () => []);

    public ValueArray<Refusal> Layer2 => layer2();

    public ValueArray<Refusal> Bgp => bgp();

    /// <summary>Of <see cref="Layer2"/> those whose node does not come into question as the owner: all but <see cref="RefusalReason.NotOwner"/>.</summary>
    public ValueArray<Refusal> PassedOver => passedOver();

    public bool Equals(SilenceReasons? other) => other is not null && Layer2 == other.Layer2 && Bgp == other.Bgp;

    public override bool Equals(object? obj) => Equals(obj as SilenceReasons);

    public override int GetHashCode() => HashCode.Combine(Layer2, Bgp);
}

/// <summary>Who announces one Service and who does not, each with the reason.</summary>
public sealed record ServiceAnnouncements(ValueArray<Layer2Announcement> Layer2, ValueArray<BgpAnnouncement> Bgp, SilenceReasons Reasons)
{
    public static ServiceAnnouncements None { get; } = new([], [], SilenceReasons.None);

    /// <summary>Nobody announces it, by no protocol.</summary>
    public bool IsSilent => Layer2.IsEmpty && Bgp.IsEmpty;

    /// <summary>Sorted by protocol and node.</summary>
    public ValueArray<Refusal> Refusals => Reasons.Layer2.AsEnumerable().Concat(Reasons.Bgp).ToValueArray();
}

/// <summary>Who announces what, for the whole cluster: every node computes the same from the same snapshot.</summary>
/// <param name="Services">Every Service that has an address.</param>
/// <param name="Layer2">The part of <see cref="AnnouncementOptions.Node"/>; empty where that is not set.</param>
/// <param name="Bgp">The sessions and routes of that node; empty where it is not set.</param>
/// <param name="Changed">Services whose announcements may differ from the previous plan's; null where all were looked at.</param>
public sealed record AnnouncementPlan(
    ImmutableDictionary<ObjectKey, ServiceAnnouncements> Services,
    Layer2Plan Layer2,
    BgpPlan Bgp,
    ValueArray<ObjectKey>? Changed)
{
    /// <summary>For the whole cluster; a node that plans for itself does not keep it.</summary>
    public SelectedAddresses Selected { get; init; } = SelectedAddresses.None;
}

/// <summary>An address that an advertisement selects, and the Service that holds it, the first of those that it selects.</summary>
public sealed record SelectedAddress(IpAddress Address, ObjectKey Service);

/// <summary>Which addresses each advertisement selects: those of its pools that a Service of its selection holds, announced or not.</summary>
/// <param name="Layer2">One for each of <see cref="Config.CompiledConfig.L2Advertisements"/>, in that order; each sorted by address.</param>
/// <param name="Bgp">One for each of <see cref="Config.CompiledConfig.BgpAdvertisements"/>, in that order; each sorted by address.</param>
public sealed record SelectedAddresses(ValueArray<FirstOf<SelectedAddress>> Layer2, ValueArray<FirstOf<SelectedAddress>> Bgp)
{
    public static SelectedAddresses None { get; } = new([], []);
}

/// <summary>A Service whose addresses are to change their owner.</summary>
public sealed record OwnershipMove(ObjectKey Service, ValueArray<IpAddress> Addresses, string From, string To);

/// <param name="Node">The node whose own part is wanted, null for none.</param>
/// <param name="IgnoreExcludeLabel">Nodes with <see cref="NodeView.ExcludeLabel"/> announce all the same.</param>
/// <param name="KnowsHeirs">Who would own next is asked for (<see cref="AnnouncementPlanner.HeirOf"/>).</param>
public sealed record AnnouncementOptions(string? Node = null, bool IgnoreExcludeLabel = false, bool KnowsHeirs = false);

/// <summary>What a Service holds: its addresses, and the pools that they came from as far as is known.</summary>
public readonly record struct ServiceHolding(ValueArray<IpAddress> Addresses, ValueArray<string> Pools)
{
    public static ServiceHolding Nothing => default;

    /// <summary>
    /// What stands in the Service's status: what a speaker announces. Nothing where an entry is no address (it is not ours to judge), where the
    /// Service is being deleted, or where it is of another class.
    /// </summary>
    public static ServiceHolding OfStatus(ServiceView service, string? loadBalancerClass)
    {
        if (!service.IsLoadBalancer || service.IsBeingDeleted || service.Ingress.IsEmpty) return Nothing;
        if ((service.LoadBalancerClass ?? "") != (loadBalancerClass ?? "")) return Nothing;
        IpAddress[] addresses = new IpAddress[service.Ingress.Count];
        for (int i = 0; i < addresses.Length; i++)
            if (!IpAddress.TryParse(service.Ingress[i].Ip, out addresses[i])) return Nothing;
        string? pools = ServiceAnnotations.Read(service.Annotations, ServiceAnnotations.AllocatedFromPool);
        return new([.. addresses], pools is null ? [] : [.. pools.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)]);
    }
}
