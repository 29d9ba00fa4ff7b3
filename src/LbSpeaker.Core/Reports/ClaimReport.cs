using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Reports;

/// <summary>What the controller writes to the status of an IPClaim.</summary>
/// <param name="Claim">As it stands; what is written speaks of this state of its spec.</param>
/// <param name="UsedBy">Names of the Services that name it, sorted.</param>
/// <param name="UnusedSince">When the last of them went; null while there is one, and where there never was.</param>
/// <param name="Held">Whether it holds an address, and why not.</param>
public sealed record ClaimReport(
    ObjectKey Claim, string Uid, long Generation, ValueArray<IpAddress> Addresses, ValueArray<string> Pools, ValueArray<string> UsedBy, DateTimeOffset? UnusedSince, DateTimeOffset? ExpiresAt,
    ConditionReport Held)
{
    /// <param name="expiresAt">When it lets its addresses go, or did; null for never.</param>
    public static ClaimReport Of(ClaimDecision decision, ClaimView claim, DateTimeOffset? unusedSince, DateTimeOffset? expiresAt)
    {
        string message = decision.Message.Length > 0 ? decision.Message : $"{ServiceReport.List(decision.Addresses)} from {string.Join(", ", decision.Pools.ToArray())}";
        ConditionReport held = new(
            ConditionTypes.Held, decision.Addresses.IsEmpty ? ConditionStatus.False : ConditionStatus.True, decision.Reason?.ToString() ?? ConditionReasons.Held, message);
        return new(claim.Key, claim.Uid, claim.Generation, decision.Addresses, decision.Pools, decision.UsedBy, unusedSince, expiresAt, held);
    }

    /// <summary>What people that watch events are told.</summary>
    /// <param name="addresses">What it held before.</param>
    /// <param name="told">What the condition said before; null where it said nothing.</param>
    public ValueArray<EventReport> EventsSince(ValueArray<IpAddress> addresses, (string Reason, string Message)? told)
    {
        List<EventReport> events = [];
        ValueArray<IpAddress> gained = Addresses.Where(a => !addresses.Contains(a)).ToValueArray(), lost = addresses.Where(a => !Addresses.Contains(a)).ToValueArray();
        if (!lost.IsEmpty) events.Add(new(false, EventReason.ClearAssignment, $"Given up {ServiceReport.List(lost)}{(Addresses.IsEmpty ? $": {Held.Reason}" : "")}"));
        if (!gained.IsEmpty) events.Add(new(false, EventReason.IPAllocated, $"Holds IP {ServiceReport.List(gained)} from {string.Join(", ", Pools.ToArray())}"));
        bool isWanting = Held.Reason is not (ConditionReasons.Held or nameof(AllocationReason.ClaimExpired) or nameof(AllocationReason.BeingDeleted));
        if (isWanting && told != (Held.Reason, Held.Message)) events.Add(new(true, EventReason.AllocationFailed, $"Failed to hold IP: {Held.Reason}: {Held.Message}"));
        return events.ToValueArray();
    }
}
