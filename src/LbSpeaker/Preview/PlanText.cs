using System.Text;
using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Config;

namespace LbSpeaker.Preview;

/// <summary>The form of a plan that a person reads: problems and warnings first, then pools, then each Service with who answers for it and who does not.</summary>
public static class PlanText
{
    public static string Render(ClusterPreview preview, IEnumerable<string> inputWarnings)
    {
        StringBuilder text = new();
        AppendFaults(text, preview, inputWarnings);
        text.Append("Pools\n");
        if (preview.Allocation.Pools.IsEmpty) text.Append("  none\n");
        foreach (PoolUsage pool in preview.Allocation.Pools)
            text.Append("  ").Append(pool.Name).Append("  ").Append(pool.State)
                .Append("  IPv4 ").Append(pool.AssignedIPv4).Append(" assigned, ").Append(pool.AvailableIPv4).Append(" available")
                .Append("  IPv6 ").Append(pool.AssignedIPv6).Append(" assigned, ").Append(pool.AvailableIPv6).Append(" available\n");
        if (!preview.Allocation.Claims.IsEmpty) text.Append("IPClaims\n");
        foreach (ClaimDecision claim in preview.Allocation.Claims.Values.OrderBy(c => c.Claim)) AppendClaim(text, claim);
        text.Append("Services\n");
        if (preview.Allocation.Services.IsEmpty) text.Append("  none\n");
        foreach (ServiceDecision decision in preview.Allocation.Services.Values.OrderBy(d => d.Service)) AppendService(text, decision, preview);
        return text.ToString();
    }

    /// <summary>Problems, then warnings, a line each; nothing where there is neither.</summary>
    public static void AppendFaults(StringBuilder text, ClusterPreview preview, IEnumerable<string> inputWarnings)
    {
        foreach (Problem problem in preview.Problems)
            text.Append("problem: ").Append(problem.Kind).Append(' ').Append(problem.Key).Append(": ").Append(problem.Reason).Append(": ").Append(problem.Message).Append('\n');
        text.AppendWarnings(inputWarnings.Concat(preview.Warnings));
    }

    private static void AppendClaim(StringBuilder text, ClaimDecision claim)
    {
        text.Append("  ").Append(claim.Claim);
        if (claim.Addresses.IsEmpty) text.Append("  holds nothing");
        else text.Append("  holds  ").AppendJoin(", ", claim.Addresses.AsEnumerable()).Append("  from ").AppendJoin(", ", claim.Pools.AsEnumerable());
        if (claim.UsedBy.Count > 0) text.Append("  for ").AppendJoin(", ", claim.UsedBy.AsEnumerable());
        text.Append('\n');
        if (claim.Reason is { } reason) text.Append("    ").Append(reason).Append(": ").Append(claim.Message).Append('\n');
    }

    public static void AppendService(StringBuilder text, ServiceDecision decision, ClusterPreview preview)
    {
        text.Append("  ").Append(decision.Service).Append("  ").Append(decision.Decision);
        if (!decision.Addresses.IsEmpty) text.Append("  ").AppendJoin(", ", decision.Addresses.AsEnumerable()).Append("  from ").AppendJoin(", ", decision.Pools.AsEnumerable());
        text.Append('\n');
        if (decision.ReleaseReason is { } lost) text.Append("    what it held is given up: ").Append(lost).Append('\n');
        if (decision.Reason is { } reason) text.Append("    ").Append(reason).Append(": ").Append(decision.Message).Append('\n');
        ServiceAnnouncements announcements = preview.AnnouncementsOf(decision.Service);
        foreach (AnnouncementEntry entry in AnnouncementEntry.All(announcements)) AppendAnnouncement(text, entry);
        foreach (Refusal refusal in announcements.Refusals)
            text.Append("    silent  ").Append(refusal.Protocol == AnnouncementProtocol.Bgp ? "bgp  " : "").Append(refusal.Node ?? "every node").Append("  ").Append(refusal.Reason).Append('\n');
    }

    private static void AppendAnnouncement(StringBuilder text, AnnouncementEntry entry)
    {
        text.Append("    ").Append(PlanJson.Word(entry.Protocol)).Append("  ").Append(entry.Address).Append("  ").Append(entry.Node);
        if (!entry.Interfaces.IsEmpty) text.Append("  on ").AppendJoin(", ", entry.Interfaces.AsEnumerable());
        if (entry.Peer is not null) text.Append("  ").Append(entry.Prefix).Append(" to ").Append(entry.Peer);
        if (entry.LocalPref != 0) text.Append("  localPref ").Append(entry.LocalPref);
        if (!entry.Communities.IsEmpty) text.Append("  ").AppendJoin(' ', entry.Communities.AsEnumerable());
        text.Append('\n');
    }

    private static IEnumerable<T> AsEnumerable<T>(this IReadOnlyList<T> items) => items;
}
