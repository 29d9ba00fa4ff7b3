using System.Collections.Immutable;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config.Rules;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Config;

/// <summary>Judges the BGPPeers.</summary>
internal sealed class BgpPeerCompiler(IReadOnlyDictionary<string, BfdSettings> profiles, ImmutableSortedDictionary<ObjectKey, SecretView>? secrets, IReadOnlyCollection<NodeView> nodes)
{
    private readonly Judge judge = new();
    private readonly OnePeerPerAddressRule addresses = new(nodes);

    public Judged<CompiledBgpPeer> Compile(BgpPeerDeclaration declaration)
    {
        // The password is not kept in the status: it is the present one's, whatever else may be wrong there.
        BgpPeerDeclaration? lastValid = declaration.LastValid is { } last ? last with { Password = declaration.Password } : null;
        Judged<CompiledBgpPeer> judged = judge.Decide(declaration, lastValid, Read, addresses.Check, _ => Warn(declaration));
        // The last valid form may clash by now: two sessions with one router cannot be.
        if (judged.InForce is { } peer && !addresses.TryAdd(peer)) return new(null, judged.Verdict with { Standing = ConfigStanding.LeftOut });
        return judged;
    }

    private CompiledBgpPeer Read(BgpPeerDeclaration declaration, Faults faults)
    {
        (TimeSpan hold, TimeSpan keepalive) = SessionTimersRule.Compile(declaration.HoldTime, declaration.KeepaliveTime, faults);
        BgpPeerSettings settings = PeerAddressRule.Compile(declaration, faults) with
        {
            LocalAs = (uint)RangeRule.Check(declaration.MyAsn, 1, uint.MaxValue, "myASN", faults),
            PeerAs = PeerAsRule.Compile(declaration, faults),
            LocalAsOverride = declaration.LocalAsn is { } local ? (uint)RangeRule.Check(local, 1, uint.MaxValue, "localASN", faults) : null,
            Port = declaration.PeerPort is { } port and not 0 ? RangeRule.Check(port, 1, 16384, "peerPort", faults) : 179,
            HoldTime = hold,
            KeepaliveTime = keepalive,
            ConnectTime = SessionTimersRule.CompileConnectTime(declaration.ConnectTime, faults),
            Password = PasswordRule.Compile(declaration, secrets, faults),
            Bfd = declaration.BfdProfile is { } profile ? profiles.GetValueOrDefault(profile) : null,
            GracefulRestart = declaration.EnableGracefulRestart,
            MultiHop = declaration.EbgpMultiHop,
            TtlSecurity = declaration.TtlSecurity is { } hops ? RangeRule.Check(hops, 1, 254, "ttlSecurity", faults) : null,
            Vrf = declaration.Vrf,
            BothFamilies = declaration.DualStackAddressFamily,
            Passive = declaration.Passive,
        };
        if (declaration is { EbgpMultiHop: true, TtlSecurity: not null })
            faults.Add(ProblemReason.ExclusiveFields, "ebgpMultiHop and ttlSecurity exclude each other: ttlSecurity says how many hops away the router may be");
        return new(declaration.Meta.Key, settings, SelectorRule.Compile(declaration.NodeSelectors, "nodeSelectors", faults));
    }

    private IEnumerable<string> Warn(BgpPeerDeclaration declaration)
    {
        if (declaration.BfdProfile is { } profile && !profiles.ContainsKey(profile)) yield return $"names the BFDProfile {profile}, which does not exist: the session runs without BFD";
        if (declaration is { PasswordSecret: { } secret, Password: null } && secrets is not null && secrets.GetValueOrDefault(new(declaration.Meta.Key.Namespace, secret))?.Password is null)
            yield return $"there is no Secret {secret} of type kubernetes.io/basic-auth with a password in the namespace {declaration.Meta.Key.Namespace}: no session is begun without it";
    }
}
