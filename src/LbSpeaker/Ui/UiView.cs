using System.Text.Json.Serialization;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Ui;

/// <summary>Some of a longer list, and how many are left out.</summary>
internal sealed record UiList<T>(ValueArray<T> Items, int LeftOut)
{
    /// <param name="items">In the order in which they matter.</param>
    public static UiList<T> First(IReadOnlyCollection<T> items, int most) => new(items.Take(most).ToValueArray(), Math.Max(0, items.Count - most));
}

/// <summary>How a Service stands. The names are an API; README.md lists them.</summary>
internal enum UiStanding
{
    /// <summary>It has no address.</summary>
    Pending,
    /// <summary>It holds an address, and not all that it asks for.</summary>
    Incomplete,
    /// <summary>It holds its addresses, and one of them is announced by nobody.</summary>
    Silent,
    /// <summary>It is decided, and who is to carry it out has not said yet that it is done.</summary>
    Waiting,
    /// <summary>What manifests come to: an address, and a node to announce it.</summary>
    Planned,
    /// <summary>It holds all that it asks for, and nodes say that they announce it.</summary>
    Announced,
}

/// <summary>How a node stands. The names are an API; README.md lists them.</summary>
internal enum UiNodeStanding
{
    /// <summary>Its speaker lives, and nothing keeps it from announcing.</summary>
    Serving,
    NoLiveSpeaker,
    NodeNetworkUnavailable,
    /// <summary>In maintenance: its routes say that they are about to go.</summary>
    Draining,
    /// <summary>In maintenance: its routes are gone.</summary>
    Withdrawn,
}

/// <summary>How a node stands to an address. The names are an API; README.md lists them.</summary>
internal enum UiOwnership
{
    Owns,
    /// <summary>It is to be the first owner.</summary>
    Claims,
    /// <summary>It is to own, and another node is recorded.</summary>
    TakesOver,
}

/// <summary>
/// What the page shows, bounded whatever the size of the cluster: what does not fit is counted. A function of <see cref="UiFacts"/>; equal facts give equal octets.
/// </summary>
/// <param name="Source">What is looked at.</param>
/// <param name="Trouble">Why what follows may be old, or is not there; empty where all is well.</param>
/// <param name="IsPlan">It shows what would be.</param>
internal sealed record UiView(
    string Source,
    string Trouble,
    bool IsPlan,
    UiTotals Totals,
    UiList<UiPool> Pools,
    UiList<UiNode> Nodes,
    UiList<UiSession> Sessions,
    UiList<UiReasonCount> Reasons,
    UiList<UiService> Troubled,
    UiList<UiProblem> Problems,
    UiList<UiMoment> Moments);

/// <param name="Services">Those of ours.</param>
/// <param name="Addresses">That Services hold; a shared one counts once.</param>
/// <param name="Problems">Faults that somebody wrote; warnings are none.</param>
internal sealed record UiTotals(int Services, int Announced, int Waiting, int Silent, int Pending, int Addresses, int Nodes, int NodesServing, int Sessions, int SessionsUp, int Problems)
{
    public static UiTotals None { get; } = new(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}

/// <param name="Why">Of a frozen pool its faults, of another what is strange about it; empty for nothing.</param>
/// <param name="Ranges">The first few.</param>
/// <param name="Quarantined">Addresses that hosts which are none of ours have.</param>
internal sealed record UiPool(
    string Namespace, string Name, PoolState State, string Why, bool AutoAssign, UiList<string> Ranges, ValueArray<UiPoolFamily> Families, int Quarantined, UiList<string> ExcludedHeld);

/// <param name="Used">For people; of what nobody counts only that it is much.</param>
/// <param name="Filled">How full, 0 to 1000; 1 at least where anything is used.</param>
internal sealed record UiPoolFamily(string Family, string Used, string Available, int Filled);

/// <param name="Note">What keeps it from serving, or is strange about it, in words; empty for nothing.</param>
/// <param name="Interfaces">That can be used at Layer 2, as far as its speaker tells.</param>
/// <param name="Owned">Addresses at Layer 2.</param>
/// <param name="Load">Of the node that owns the most, 0 to 1000.</param>
/// <param name="BgpServices">How many it announces by BGP.</param>
internal sealed record UiNode(
    string Name, UiNodeStanding Standing, string Note, ValueArray<string> Interfaces, int Owned, int Load, UiList<UiAddress> Addresses, int BgpServices, int Sessions, int SessionsUp);

/// <param name="Service">namespace/name; the first of those that share it.</param>
/// <param name="Sharers">How many others share it.</param>
/// <param name="From">Of one that is taken over: the node that is recorded; empty else.</param>
internal sealed record UiAddress(string Address, string Service, int Sharers, UiOwnership Ownership, string From);

/// <param name="Router">Where the router is.</param>
/// <param name="Node">Empty where no node has the session.</param>
/// <param name="State">Established, Down or Unknown; the reason NoSessions where no node has it.</param>
/// <param name="Since">Null where it is not told.</param>
/// <param name="Error">Why there is no session; empty where there is one.</param>
internal sealed record UiSession(string Peer, string Router, string Node, string State, DateTimeOffset? Since, string Error, string Bfd);

/// <summary>How many Services have one reason to be in trouble.</summary>
internal sealed record UiReasonCount(string Reason, int Services);

/// <param name="Nodes">That own it or announce it, the first few.</param>
/// <param name="Reason">A word of the conditions; empty where all is well.</param>
/// <param name="Message">As in the condition.</param>
/// <param name="Advice">What to change; empty where nothing is known.</param>
internal sealed record UiService(
    string Namespace, string Name, UiStanding Standing, ValueArray<string> Addresses, ValueArray<string> Pools, UiList<string> Nodes, string Reason, string Message, string Advice);

/// <param name="Kind">Empty for what was strange while reading.</param>
/// <param name="Standing">What came of it: a <see cref="ConfigStanding"/>, empty for a Service.</param>
internal sealed record UiProblem(string Kind, string Namespace, string Name, bool IsWarning, string Standing, string Reason, string Message);

/// <summary>Something that happened, or several of one kind that happened together.</summary>
/// <param name="Word">The event's reason, or one of README.md's.</param>
/// <param name="From">The node that had it before; empty where that is not known, or there was none.</param>
/// <param name="Subjects">What it happened to: the first few.</param>
/// <param name="Detail">In words; empty for nothing.</param>
internal sealed record UiMoment(DateTimeOffset Time, string Word, bool IsWarning, string Node, string From, UiList<string> Subjects, string Detail);

/// <summary>Some of all Services, as they were asked for.</summary>
/// <param name="Version">Of the view that they belong to.</param>
/// <param name="Total">How many match.</param>
/// <param name="From">Index of the first, from 0.</param>
internal sealed record UiServicePage(long Version, int Total, int From, ValueArray<UiService> Rows);

/// <summary>The JSON of the page, made at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(UiView))]
[JsonSerializable(typeof(UiServicePage))]
internal sealed partial class UiJson : JsonSerializerContext;
