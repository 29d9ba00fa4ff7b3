using System.Text.Json.Nodes;
using LbSpeaker.Core.Net;
using LbSpeaker.Kubernetes.Directory;

namespace LbSpeaker.Kubernetes.Conversion;

/// <summary>The ConfigMap <c>kubevip</c> of kube-vip's cloud provider: <c>cidr-NAMESPACE</c>, <c>range-NAMESPACE</c>, and the same for <c>global</c>.</summary>
internal static class KubeVip
{
    private const string Cidr = "cidr-", Range = "range-", Interface = "interface-", Global = "global";

    private const string SkipEnds = "skip-end-ips-in-cidr";

    public static bool IsSome(OldMapping data) => data.Node.Entries.Any(e => e.Key.StartsWith(Cidr, StringComparison.Ordinal) || e.Key.StartsWith(Range, StringComparison.Ordinal));

    public static void Convert(OldMapping data, Made made)
    {
        bool skipsEnds = data.Text(SkipEnds) == "true";
        List<string> pools = [];
        foreach ((string key, _) in data.Node.Entries)
        {
            bool isRange = key.StartsWith(Range, StringComparison.Ordinal);
            if (!isRange && !key.StartsWith(Cidr, StringComparison.Ordinal)) continue;
            string ns = key[(isRange ? Range : Cidr).Length..];
            if (isRange && data.Node.Find(Cidr + ns) is not null)
            {
                data.Take(key);
                data.Say(key, $"is left out: kube-vip takes {Cidr}{ns} and does not look at it");
                continue;
            }
            string[] entries = (data.Text(key) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (entries.Any(e => e is "0.0.0.0/32" or "0.0.0.0"))
            {
                data.Say(key, "is left out: it asks for an address by DHCP, which there is not here");
                continue;
            }
            JsonObject spec = new() { ["addresses"] = Made.Array(Apart(entries)) };
            string[] ends = skipsEnds && !isRange ? [.. Ends(entries)] : [];
            if (ends.Length > 0) spec["exclude"] = Made.Array(ends.Distinct());
            if (ns != Global)
            {
                spec["serviceAllocation"] = new JsonObject { ["namespaces"] = Made.Array([ns]) };
                if (data.Node.Find(Cidr + Global) is not null || data.Node.Find(Range + Global) is not null)
                    data.Say(key, "means a little more here: where it is exhausted, the global pool is asked too");
            }
            made.Add("IPAddressPool", ns, spec);
            pools.Add(ns);
        }
        string[] interfaces = [.. data.Node.Entries.Where(e => e.Key.StartsWith(Interface, StringComparison.Ordinal)).Select(e => e.Key)];
        foreach (string pool in pools)
        {
            JsonObject spec = new() { ["ipAddressPools"] = Made.Array([pool]) };
            string[] named = [.. ((string[])[Interface + pool, Interface + Global]).Where(interfaces.Contains).Take(1)];
            if (named.Length > 0 && data.Text(named[0]) is { Length: > 0 } name) spec["interfaces"] = Made.Array([name]);
            made.Add("L2Advertisement", pool, spec);
        }
        if (data.Take("search-order") is not null) data.Say("search-order", "is left out: addresses are given from the lowest up, pool entries in their order");
        data.FinishWith("is not known here, or has no meaning here, and is left out");
    }

    /// <summary>
    /// The first and the last address of each IPv4 prefix, which are given to nobody; prefixes of one or two addresses have all, and one inside another has no ends of its own.
    /// </summary>
    private static IEnumerable<string> Ends(string[] entries)
    {
        IpRange[] prefixes = [.. entries.SelectMany(e => IpRange.TryParse(e, out IpRange range, out _) ? [range] : Array.Empty<IpRange>())];
        return prefixes.Where(p => p is { Family: IpFamily.IPv4, Count: var count } && count > 2 && !prefixes.Any(other => other != p && other.Contains(p.First) && other.Contains(p.Last)))
            .SelectMany(p => new[] { p.First.ToString(), p.Last.ToString() });
    }

    /// <summary>kube-vip takes entries that overlap, and a pool does not: those become one range.</summary>
    private static IEnumerable<string> Apart(string[] entries)
    {
        List<(string Text, IpRange Range)> read = [];
        foreach (string entry in entries)
            if (IpRange.TryParse(entry, out IpRange range, out _)) read.Add((entry, range));
            else return entries;
        List<(string Text, IpRange Range)> apart = [];
        foreach ((string text, IpRange range) in read)
        {
            (string Text, IpRange Range) joined = (text, range);
            foreach ((string Text, IpRange Range) other in apart.Where(a => a.Range.Overlaps(range)).ToList())
            {
                apart.Remove(other);
                IpAddress first = other.Range.First.CompareTo(joined.Range.First) < 0 ? other.Range.First : joined.Range.First, last = other.Range.Last.CompareTo(joined.Range.Last) > 0 ? other.Range.Last : joined.Range.Last;
                joined = ($"{first}-{last}", new(first, last));
            }
            apart.Add(joined);
        }
        return apart.Select(a => a.Text);
    }
}
