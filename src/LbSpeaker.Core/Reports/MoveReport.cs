using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;

namespace LbSpeaker.Core.Reports;

/// <summary>What has become of a move that a Service asks for (<see cref="ServiceAnnotations.MoveTo"/>).</summary>
/// <param name="IsOver">The annotation can go.</param>
/// <param name="Event">What to tell about it, null for nothing: that the node owns now the node tells itself.</param>
public sealed record MoveReport(bool IsOver, EventReport? Event)
{
    /// <param name="present">Who speaks for the Service now, as it stands recorded.</param>
    /// <returns>Null where nothing is asked for.</returns>
    public static MoveReport? Of(ServiceView service, ServiceAnnouncements plan, PresentOwner? present)
    {
        if (service.MoveTo is not { } node) return null;
        if (plan.Layer2.Any(a => a.Node == node)) return new(IsOver: present?.Node == node, null);
        Refusal? refusal = plan.Refusals.AsEnumerable().FirstOrDefault(r => r.Protocol == AnnouncementProtocol.Layer2 && r.Node == node)
            ?? plan.Refusals.AsEnumerable().FirstOrDefault(r => r.Protocol == AnnouncementProtocol.Layer2 && r.Node is null);
        string why = refusal switch
        {
            null => "no L2Advertisement lets it announce the Service, or there is no such node",
            // A candidate that nevertheless does not own where a move asks for it.
            { Reason: RefusalReason.NotOwner } => "the advertisements prefer another node",
            _ => refusal.Reason.ToString(),
        };
        return new(IsOver: true, new(true, EventReason.MoveRefused, $"the addresses do not move to node {node}: {why}"));
    }
}
