using System.Collections.Frozen;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Heartbeat.Wire;

namespace LbSpeaker.Heartbeat.Judging;

/// <summary>A plan made ready: what cannot be is left out and told, and who watches whom is worked out.</summary>
public sealed class Roster
{
    private readonly FrozenDictionary<string, IpAddress> addresses;
    private readonly FrozenSet<string> shadowed;

    /// <param name="shadowed">Nodes whose address another node has.</param>
    private Roster(HeartbeatPlan plan, FrozenDictionary<string, IpAddress> addresses, FrozenSet<string> shadowed, ValueArray<HeartbeatKey> keys, Ring ring, ValueArray<string> faults)
    {
        (Plan, this.addresses, this.shadowed, Keys, Ring, Faults) = (plan, addresses, shadowed, keys, ring, faults);
        Watched = IsActive ? ring.Watchers(plan.Node).Where(CanReach).Order(StringComparer.Ordinal).ToValueArray() : [];
        Chords = IsActive ? ring.Chords(plan.Node).Where(CanReach).Distinct().Order(StringComparer.Ordinal).ToValueArray() : [];
    }

    public static Roster None { get; } = Of(new("", null, [], [], false), HeartbeatSettings.Default);

    public HeartbeatPlan Plan { get; }

    /// <summary>Those of the plan's keys that are of any worth.</summary>
    public ValueArray<HeartbeatKey> Keys { get; }

    public Ring Ring { get; }

    /// <summary>In words for people.</summary>
    public ValueArray<string> Faults { get; }

    /// <summary>With whom this node keeps a session. Sorted.</summary>
    public ValueArray<string> Watched { get; }

    /// <summary>To whom news goes beside those. Sorted.</summary>
    public ValueArray<string> Chords { get; }

    /// <summary>The other nodes, whether they can be reached or not.</summary>
    public IEnumerable<string> Members => addresses.Keys;

    public int Count => addresses.Count;

    /// <summary>There is something to sign with and somewhere to send from.</summary>
    public bool IsActive => !Keys.IsEmpty && Plan.Address is { IsLinkLocal: false } && NodeName.IsValid(Plan.Node);

    public bool IsMember(string node) => addresses.ContainsKey(node);

    /// <summary>Null where the node is no member.</summary>
    public IpAddress? AddressOf(string node) => addresses.TryGetValue(node, out IpAddress address) ? address : null;

    /// <summary>A member whose address goes with ours.</summary>
    public bool CanReach(string node) =>
        AddressOf(node) is { IsLinkLocal: false } address && address.Family == Plan.Address?.Family && address != Plan.Address && !shadowed.Contains(node);

    public static Roster Of(HeartbeatPlan plan, HeartbeatSettings settings)
    {
        List<string> faults = [];
        Dictionary<string, IpAddress> addresses = new(StringComparer.Ordinal);
        Dictionary<IpAddress, string> nodes = [];
        List<string> shadowed = [];
        foreach (HeartbeatMember member in plan.Members.OrderBy(m => m.Node, StringComparer.Ordinal).ThenBy(m => m.Address))
        {
            if (member.Node == plan.Node) continue;
            if (!NodeName.IsValid(member.Node)) faults.Add("a member is left out: its name is none of a node");
            else if (!addresses.TryAdd(member.Node, member.Address)) faults.Add($"node {member.Node} is named twice: {member.Address} is not used");
            else if (!nodes.TryAdd(member.Address, member.Node))
            {
                // One session an address: the first by name has it.
                faults.Add($"nodes {nodes[member.Address]} and {member.Node} have one address, {member.Address}");
                shadowed.Add(member.Node);
            }
        }

        List<HeartbeatKey> keys = [];
        foreach (HeartbeatKey key in plan.Keys)
            if (key.Secret.Reveal().Length < 16) faults.Add($"key {key.Id} has fewer than 16 octets and is not used");
            else if (keys.Any(k => k.Id == key.Id)) faults.Add($"two keys have the number {key.Id}: the second is not used");
            else keys.Add(key);
        if (!plan.Keys.IsEmpty)
        {
            if (plan.Address is null) faults.Add("the address of this node is not known");
            else if (plan.Address is { IsLinkLocal: true }) faults.Add($"{plan.Address}: heartbeats need an address that is not link-local");
            if (!NodeName.IsValid(plan.Node)) faults.Add("this node has no name");
        }
        Ring ring = new(addresses.Keys.Append(plan.Node), settings);
        return new(plan, addresses.ToFrozenDictionary(StringComparer.Ordinal), shadowed.ToFrozenSet(StringComparer.Ordinal), keys.ToValueArray(), ring, faults.Order(StringComparer.Ordinal).ToValueArray());
    }
}
