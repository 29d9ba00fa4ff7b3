using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Allocation;

/// <summary>What an IPClaim gives to the Services that name it.</summary>
/// <param name="Exists">There is such an IPClaim.</param>
/// <param name="Addresses">What it holds, and so what they get.</param>
/// <param name="Reason">Why it holds nothing; null where it holds something, or that is not decided yet.</param>
internal sealed record ClaimGrant(bool Exists, ValueArray<IpAddress> Addresses, AllocationReason? Reason, string Message)
{
    public static ClaimGrant Nothing { get; } = new(false, [], null, "");
}

/// <summary>An IPClaim, or the mere name of one, with the Services that name it.</summary>
internal sealed class NamedClaim(ObjectKey key)
{
    public ObjectKey Key => key;

    /// <summary>Null where there is no such IPClaim.</summary>
    public ClaimView? View { get; set; }

    /// <summary>As a holder of addresses; null where there is no such IPClaim.</summary>
    public ServiceEntry? Entry { get; set; }

    /// <summary>Services that name it and are ours, the oldest first.</summary>
    public SortedSet<ServiceEntry> Users { get; } = new(ServiceEntry.ByAge);

    /// <summary>What the users were last judged by.</summary>
    public ClaimGrant Told { get; set; } = ClaimGrant.Nothing;
}

/// <summary>The IPClaims by name, who names them, and what stands in the statuses of those that do.</summary>
internal sealed class ClaimBook
{
    private readonly Dictionary<ObjectKey, NamedClaim> claims = [];
    private readonly Dictionary<IpAddress, List<ServiceEntry>> shown = [];

    public NamedClaim Get(ObjectKey key)
    {
        if (!claims.TryGetValue(key, out NamedClaim? claim)) claims[key] = claim = new(key);
        return claim;
    }

    public void Forget(NamedClaim claim)
    {
        if (claim.View is null && claim.Users.Count == 0) claims.Remove(claim.Key);
    }

    public void AddUser(ServiceEntry user)
    {
        user.Named!.Users.Add(user);
        foreach (IpAddress address in AddressesOf(user))
            (shown.TryGetValue(address, out List<ServiceEntry>? users) ? users : shown[address] = []).Add(user);
    }

    public void RemoveUser(ServiceEntry user)
    {
        user.Named!.Users.Remove(user);
        foreach (IpAddress address in AddressesOf(user))
            if (shown.TryGetValue(address, out List<ServiceEntry>? users) && users.Remove(user) && users.Count == 0) shown.Remove(address);
    }

    /// <summary>What stands in the status of a Service, once each, whether it may be kept or not.</summary>
    public static IEnumerable<IpAddress> AddressesOf(ServiceEntry user) =>
        user.View.Ingress.Select(i => IpAddress.TryParse(i.Ip, out IpAddress address) ? address : (IpAddress?)null).OfType<IpAddress>().Distinct();

    /// <summary>
    /// Who else has an address that an IPClaim is to adopt: another IPClaim, or a Service that does not name this one. It follows from what is written, and from nothing
    /// that this plan gives or takes.
    /// </summary>
    public HolderName? RivalOf(ServiceEntry claim, AddressSlot slot)
    {
        HolderName? first = null;
        foreach (StatusClaim other in slot.Claims)
            if (!ReferenceEquals(other.Service, claim) && (other.Service.IsClaim || other.Service.Named is null)) Take(other.Service.Name);
        if (shown.TryGetValue(slot.Address, out List<ServiceEntry>? users))
            foreach (ServiceEntry user in users)
                if (!ReferenceEquals(user.Named, claim.Named)) Take(user.Name);
        return first;

        void Take(HolderName name)
        {
            if (first is not { } before || name < before) first = name;
        }
    }
}
