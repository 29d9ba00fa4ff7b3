using System.Runtime.InteropServices;
using LbSpeaker.Bgp.Session;
using LbSpeaker.Bgp.Wire;
using LbSpeaker.Bgp.Wire.Capabilities;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp.Routing;

/// <summary>
/// The routes of one established session (RFC 4271 section 3.2): what the router has been told, and what it is to be told. Messages are made only when somebody
/// takes them, from the difference at that moment; so what changes while the router does not listen costs nothing but its last state.
/// Works in rounds: of a difference the withdrawals first, then what is new, packed by equal attributes; or of a family as a whole, when the router asks for it again.
/// No I/O; one owner.
/// </summary>
public sealed class AdjRibOut
{
    /// <summary>A part of a round: prefixes that go the same way, or one message.</summary>
    private sealed class Part
    {
        public BgpMessage? Message { get; init; }

        public UpdateTemplate? Template { get; init; }

        public List<IpPrefix> Prefixes { get; init; } = [];

        /// <summary>Null: they are withdrawn.</summary>
        public BgpRouteAttributes? Attributes { get; init; }

        public int Taken { get; set; }
    }

    private readonly SessionTerms terms;
    private readonly Dictionary<IpFamily, RouteCarriage> carriages = [];
    /// <summary>Families whose routes cannot be sent.</summary>
    private readonly Dictionary<IpFamily, WithheldReason> closed = [];
    private readonly List<Part> round = [];
    private readonly List<AddressFamily> refreshes = [];
    private int current;
    /// <summary>The round is no difference, and a change waits for its end.</summary>
    private bool isFixed;
    private bool isChanged = true, isInitial = true;
    private BgpRouteSet desired = BgpRouteSet.Empty, target = BgpRouteSet.Empty;

    public AdjRibOut(SessionTerms terms, SessionAddresses addresses)
    {
        this.terms = terms;
        foreach (IpFamily family in (ReadOnlySpan<IpFamily>)[IpFamily.IPv4, IpFamily.IPv6])
            if (!terms.Codec.Families.Contains(AddressFamily.UnicastOf(family))) closed[family] = WithheldReason.FamilyNotNegotiated;
            else if (addresses.Carry(family, terms.Codec.ExtendedNextHop) is { } carriage) carriages[family] = carriage;
            else closed[family] = WithheldReason.NoNextHop;
    }

    /// <summary>What the router has been told, as of the end of the last round.</summary>
    public BgpRouteSet Sent { get; private set; } = BgpRouteSet.Empty;

    /// <summary>Changes that are still to be taken; what is withheld does not count.</summary>
    public int Pending
    {
        get
        {
            int left = isFixed ? 0 : round.Skip(current).Sum(p => p.Prefixes.Count - p.Taken);
            return isChanged ? left + BgpRouteSet.Difference(target, Sendable()).Count : left;
        }
    }

    /// <summary>As of the last round; sorted by family.</summary>
    public ValueArray<WithheldRoutes> Withheld { get; private set; }

    /// <summary>What <see cref="Take"/> has written since the beginning.</summary>
    public long Updates { get; private set; }

    /// <summary>ROUTE-REFRESH messages that mark begin and end (RFC 7313), likewise.</summary>
    public long RefreshMarkers { get; private set; }

    public void SetDesired(BgpRouteSet routes)
    {
        if (ReferenceEquals(routes, desired)) return;
        desired = routes;
        isChanged = true;
    }

    /// <summary>The router wants all routes of a family again (RFC 2918 section 4). One that it does not exchange is passed over.</summary>
    public void Refresh(AddressFamily family)
    {
        if (terms.Codec.Families.Contains(family) && !refreshes.Contains(family)) refreshes.Add(family);
    }

    /// <summary>Does now what the next <see cref="Take"/> would do before it writes; what changes in between is not missed.</summary>
    public void Prepare()
    {
        if (current == round.Count) BeginRound();
    }

    /// <summary>Writes as many whole messages as there are and as fit.</summary>
    /// <param name="destination">At least <see cref="BgpMessage.MaxLength"/> octets.</param>
    /// <returns>How many octets; 0: the router knows all.</returns>
    public int Take(Span<byte> destination)
    {
        if (isChanged && !isFixed && current < round.Count) BeginDifference(SentSoFar());
        int written = 0;
        while (destination.Length - written >= BgpMessage.MaxLength)
        {
            if (current == round.Count && !BeginRound()) break;
            if (current == round.Count) continue;
            written += Write(round[current], destination[written..]);
        }
        if (current == round.Count) EndRound();
        return written;
    }

    private int Write(Part part, Span<byte> destination)
    {
        if (part.Message is { } message)
        {
            current++;
            if (message is RouteRefreshMessage) RefreshMarkers++; else Updates++;
            return message.Encode(destination, terms.Codec);
        }
        int octets = part.Template!.Write(CollectionsMarshal.AsSpan(part.Prefixes)[part.Taken..], destination, out int taken);
        part.Taken += taken;
        if (part.Taken == part.Prefixes.Count) current++;
        Updates++;
        return octets;
    }

    /// <returns>False where there is nothing left to say.</returns>
    private bool BeginRound()
    {
        EndRound();
        if (isChanged)
        {
            BeginDifference(Sent);
            return true;
        }
        if (isInitial)
        {
            // RFC 4724 section 2: also where there is no graceful restart, and where there is no route.
            isInitial = false;
            isFixed = true;
            foreach (AddressFamily family in terms.Codec.Families) round.Add(new() { Message = new EndOfRibMessage(family) });
            return true;
        }
        if (refreshes.Count == 0) return false;
        BeginRefresh(refreshes[0]);
        refreshes.RemoveAt(0);
        return true;
    }

    private void EndRound()
    {
        if (round.Count == 0) return;
        if (!isFixed) Sent = target;
        round.Clear();
        current = 0;
        isFixed = false;
    }

    private void BeginDifference(BgpRouteSet from)
    {
        Sent = from;
        round.Clear();
        current = 0;
        isChanged = false;
        target = Sendable();
        List<IpPrefix> tooLong = Pack(BgpRouteSet.Difference(from, target));
        Withheld = CountWithheld(tooLong);
        if (tooLong.Count == 0) return;
        // They are no part of what the router will have; one that it has with fewer communities goes.
        target = target.With(tooLong.Select(p => new BgpRouteChange(p, null)));
        foreach (IGrouping<IpFamily, IpPrefix> known in tooLong.Where(p => from[p] is not null).GroupBy(p => p.Family))
            round.Insert(0, Withdraw(known.Key, [.. known]));
    }

    /// <summary>Adds the parts of these changes: withdrawals first, then what is announced, by equal attributes.</summary>
    /// <returns>Those that fit into no message.</returns>
    private List<IpPrefix> Pack(List<BgpRouteChange> changes)
    {
        Dictionary<(IpFamily Family, BgpRouteAttributes? Attributes), List<IpPrefix>> groups = [];
        List<IpPrefix>? last = null;
        (IpFamily, BgpRouteAttributes?)? lastKey = null;
        foreach (BgpRouteChange change in changes)
        {
            // Neighbours mostly share one object.
            if (lastKey is not { } key || key.Item1 != change.Prefix.Family || !ReferenceEquals(key.Item2, change.Attributes))
            {
                lastKey = key = (change.Prefix.Family, change.Attributes);
                if (!groups.TryGetValue(key, out last)) groups[key] = last = [];
            }
            last!.Add(change.Prefix);
        }
        List<IpPrefix> tooLong = [];
        int withdrawals = 0;
        foreach (((IpFamily family, BgpRouteAttributes? attributes), List<IpPrefix> prefixes) in groups)
            if (attributes is null) round.Insert(withdrawals++, Withdraw(family, prefixes));
            else if (AttributeBuilder.Build(attributes, terms) is { } path)
                round.Add(new() { Template = UpdateTemplate.Announce(family, carriages[family].Field, carriages[family].NextHop, path, terms.Codec), Prefixes = prefixes, Attributes = attributes });
            else tooLong.AddRange(prefixes);
        return tooLong;
    }

    private Part Withdraw(IpFamily family, List<IpPrefix> prefixes) => new() { Template = UpdateTemplate.Withdraw(family, carriages[family].Field), Prefixes = prefixes };

    /// <summary>All that was sent, again. A change that comes meanwhile waits for its end, else a route could be withdrawn and then repeated.</summary>
    private void BeginRefresh(AddressFamily family)
    {
        isFixed = true;
        bool isMarked = terms.Codec.EnhancedRouteRefresh;
        if (isMarked) round.Add(new() { Message = new RouteRefreshMessage(family, RouteRefreshSubtype.Begin) });
        Pack([.. Sent.Where(r => r.Prefix.Family == family.Unicast).Select(r => new BgpRouteChange(r.Prefix, r.Attributes))]);
        if (isMarked) round.Add(new() { Message = new RouteRefreshMessage(family, RouteRefreshSubtype.End) });
    }

    /// <summary>In the middle of a difference: what of it is on its way already.</summary>
    private BgpRouteSet SentSoFar() => Sent.With(round.Where(p => p.Taken > 0).SelectMany(p => p.Prefixes.Take(p.Taken).Select(prefix => new BgpRouteChange(prefix, p.Attributes))));

    private BgpRouteSet Sendable() => closed.Keys.All(f => desired.CountOf(f) == 0) ? desired : BgpRouteSet.Of(desired.Where(r => !closed.ContainsKey(r.Prefix.Family)));

    private ValueArray<WithheldRoutes> CountWithheld(List<IpPrefix> tooLong)
    {
        IEnumerable<WithheldRoutes> families = closed.Where(c => desired.CountOf(c.Key) > 0).Select(c => new WithheldRoutes(c.Key, c.Value, desired.CountOf(c.Key)));
        IEnumerable<WithheldRoutes> single = tooLong.GroupBy(p => p.Family).Select(g => new WithheldRoutes(g.Key, WithheldReason.TooManyCommunities, g.Count()));
        return [.. families.Concat(single).OrderBy(w => w.Family).ThenBy(w => w.Reason)];
    }
}
