using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Allocation;

/// <summary>Puts into words what became of a Service.</summary>
internal static class DecisionWriter
{
    public static ClaimDecision WriteClaim(ServiceEntry claim)
    {
        ServiceDecision decision = Write(claim);
        bool reverses = claim.Request.Addresses.IsEmpty && decision.Addresses is [{ Family: IpFamily.IPv6 }, _];
        return new(
            claim.Key,
            reverses ? decision.Addresses.Reverse().ToValueArray() : decision.Addresses, reverses ? decision.Pools.Reverse().ToValueArray() : decision.Pools,
            decision.Reason, decision.Message,
            claim.Named!.Users.Select(u => u.Key.Name).Order(StringComparer.Ordinal).ToValueArray());
    }

    public static ServiceDecision Write(ServiceEntry service)
    {
        if (service.Standing == ServiceStanding.NotOurs) return new(service.Key, AllocationDecision.NotOurs, [], [], null, "", null);
        List<(IpAddress Address, PoolEntry Pool)> holds = new(2);
        AllocationReason? lost = service.Standing == ServiceStanding.Dropped ? service.Reason : null;
        foreach (StatusClaim claim in service.Claims)
            if (!claim.IsHeld) lost ??= claim.Fault ?? claim.Refusal;
            else if (!service.GaveUp) holds.Add((claim.Slot!.Address, claim.Holder.Pool));
        bool isAsBefore = lost is null && !service.GaveUp && service.Found.Count == 0;
        foreach ((AddressSlot slot, PoolEntry pool) in service.Found) holds.Add((slot.Address, pool));
        // What is written anew stands in the order asked for; what is held stays as it is.
        if (!isAsBefore && holds.Count == 2 && service.Request.Addresses.Count == 2 && service.Request.Addresses[0] != holds[0].Address) holds.Reverse();

        bool held = !service.View.Ingress.IsEmpty;
        AllocationDecision decision =
            holds.Count > 0 ? isAsBefore ? AllocationDecision.Keep : AllocationDecision.Assign
            : held ? AllocationDecision.Release : AllocationDecision.Refuse;
        // One that gave up a single address beside no lost one never had the other: what it lacks is why it lost this one.
        if (service.GaveUp) lost ??= service.Failure!.Reason;
        return new(
            service.Key, decision, holds.Select(h => h.Address).ToValueArray(), holds.Select(h => h.Pool.Name).Distinct().ToValueArray(),
            service.Failure?.Reason ?? service.Reason, service.Failure?.Message ?? service.Message,
            held ? lost : null);
    }
}
