using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Config;

/// <summary>
/// Judges every declaration by itself and, where two clash, against the older one. All faults are collected; none stops the rest.
/// </summary>
public static class ConfigCompiler
{
    /// <summary>Of the snapshot the declarations decide, the namespaces and nodes that their selectors choose from, and the Secrets that they name.</summary>
    public static CompiledConfig Compile(ClusterSnapshot snapshot)
    {
        ConfigDeclarations declarations = snapshot.Config;
        List<ConfigVerdict> verdicts = [];

        PoolCompiler poolCompiler = new(snapshot.Namespaces);
        List<(CompiledPool Pool, IPAddressPoolDeclaration Declaration, ValueArray<Problem> Problems)> judgedPools = [];
        foreach (IPAddressPoolDeclaration declaration in OldestFirst(declarations.Pools.Values))
        {
            (CompiledPool pool, ValueArray<Problem> problems) = poolCompiler.Compile(declaration);
            judgedPools.Add((pool, declaration, problems));
        }
        // The sort is stable: of pools with one name the oldest stays first.
        ValueArray<CompiledPool> pools = judgedPools.Select(j => j.Pool).OrderBy(p => p.Name, StringComparer.Ordinal).ToValueArray();

        L2AdvertisementCompiler l2Compiler = new(pools);
        ValueArray<CompiledL2Advertisement> l2 = Compile(declarations.L2Advertisements.Values, l2Compiler.Compile, verdicts).OrderBy(a => a.Key).ToValueArray();

        CommunityBook communities = new();
        foreach (CommunityDeclaration declaration in OldestFirst(declarations.Communities.Values)) verdicts.Add(communities.Add(declaration));
        Dictionary<string, BfdSettings> profiles = new(StringComparer.Ordinal);
        foreach (BfdSettings profile in Compile(declarations.BfdProfiles.Values, new BfdProfileCompiler().Compile, verdicts)) profiles.TryAdd(profile.Profile, profile);
        NodeView[] nodes = [.. snapshot.Nodes.Values];
        BgpPeerCompiler peerCompiler = new(profiles, snapshot.Secrets, nodes);
        Dictionary<string, CompiledBgpPeer> peers = new(StringComparer.Ordinal);
        foreach (CompiledBgpPeer peer in Compile(declarations.BgpPeers.Values, peerCompiler.Compile, verdicts)) peers.TryAdd(peer.Settings.Name, peer);
        BgpAdvertisementCompiler bgpCompiler = new(pools, communities, peers.Keys.ToHashSet(StringComparer.Ordinal), nodes);
        List<CompiledBgpAdvertisement> bgp = Compile(declarations.BgpAdvertisements.Values, bgpCompiler.Compile, verdicts);

        HashSet<string> advertised = new(l2.AsEnumerable().SelectMany(a => a.Pools).Concat(bgp.SelectMany(a => a.Pools)), StringComparer.Ordinal);
        foreach ((CompiledPool pool, IPAddressPoolDeclaration declaration, ValueArray<Problem> problems) in judgedPools)
            verdicts.Add(new(
                declaration.Meta,
                pool.State == PoolState.Ready ? ConfigStanding.Valid : ConfigStanding.Frozen,
                problems,
                Warn(pool, advertised)));

        return new(pools, l2, verdicts.OrderBy(v => v.Meta.Kind, StringComparer.Ordinal).ThenBy(v => v.Meta.Key).ToValueArray())
        {
            BgpAdvertisements = bgp.ToValueArray(),
            BgpPeers = peers.Values.OrderBy(p => p.Settings.Name, StringComparer.Ordinal).ToValueArray(),
        };
    }

    private static List<TCompiled> Compile<TDeclaration, TCompiled>(IEnumerable<TDeclaration> declarations, Func<TDeclaration, Judged<TCompiled>> compile, List<ConfigVerdict> verdicts)
        where TDeclaration : ConfigDeclaration where TCompiled : class
    {
        List<TCompiled> inForce = [];
        foreach (TDeclaration declaration in OldestFirst(declarations))
        {
            Judged<TCompiled> judged = compile(declaration);
            if (judged.InForce is { } compiled) inForce.Add(compiled);
            verdicts.Add(judged.Verdict);
        }
        return inForce;
    }

    private static IEnumerable<T> OldestFirst<T>(IEnumerable<T> declarations) where T : ConfigDeclaration =>
        declarations.OrderBy(d => d.Meta.Age).ThenBy(d => d.Meta.Key.Name, StringComparer.Ordinal).ThenBy(d => d.Meta.Key);

    private static ValueArray<string> Warn(CompiledPool pool, HashSet<string> advertised)
    {
        List<string> warnings = [];
        if (!advertised.Contains(pool.Name)) warnings.Add("no advertisement selects it: its addresses are given but not announced");
        if (pool.Namespaces is { IsEmpty: true }) warnings.Add("serviceAllocation selects no namespace: it serves no Service");
        return warnings.ToValueArray();
    }
}
