using LbSpeaker.Core.Config;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Translation;

/// <summary>metallb.io/v1beta2 BGPPeer. v1beta1 has the same fields here, so that an object written in either reads alike.</summary>
internal static class BgpPeerTranslation
{
    public static BgpPeerDeclaration ReadSpec(DeclarationMeta meta, ShapeReader spec, TranslationContext context)
    {
        spec.RefuseUnknown(
            "myASN", "peerASN", "dynamicASN", "localASN", "peerAddress", "interface", "sourceAddress", "peerPort", "holdTime", "keepaliveTime", "connectTime", "routerID",
            "nodeSelectors", "password", "passwordSecret", "bfdProfile", "enableGracefulRestart", "ebgpMultiHop", "vrf", "disableMP", "dualStackAddressFamily",
            "ttlSecurity", "passive");
        ShapeReader secret = spec.Object("passwordSecret");
        secret.RefuseUnknown("name", "namespace");
        return new(meta)
        {
            MyAsn = spec.Int64("myASN") ?? 0,
            PeerAsn = spec.Int64("peerASN") ?? 0,
            DynamicAsn = NotEmpty(spec.Text("dynamicASN")),
            LocalAsn = spec.Int64("localASN"),
            PeerAddress = NotEmpty(spec.Text("peerAddress")),
            Interface = NotEmpty(spec.Text("interface")),
            SourceAddress = NotEmpty(spec.Text("sourceAddress")),
            PeerPort = spec.Int32("peerPort"),
            HoldTime = spec.Duration("holdTime"),
            KeepaliveTime = spec.Duration("keepaliveTime"),
            ConnectTime = spec.Duration("connectTime"),
            RouterId = NotEmpty(spec.Text("routerID")),
            NodeSelectors = spec.Selectors("nodeSelectors", context),
            Password = spec.Secret("password"),
            PasswordSecret = NotEmpty(secret.Text("name")),
            BfdProfile = NotEmpty(spec.Text("bfdProfile")),
            EnableGracefulRestart = spec.Flag("enableGracefulRestart") ?? false,
            EbgpMultiHop = spec.Flag("ebgpMultiHop") ?? false,
            Vrf = NotEmpty(spec.Text("vrf")),
            DualStackAddressFamily = spec.Flag("dualStackAddressFamily") ?? false,
            TtlSecurity = spec.Int32("ttlSecurity"),
            Passive = spec.Flag("passive") ?? false,
        };
    }

    public static PeerSessionsRecord Sessions(ShapeReader status, TranslationContext context) => new(
        status.Int64("sessionsUp"),
        status.Int64("sessionsTotal"),
        status.Objects("sessions")
            .Select(s => new NodeSession(context.Strings.Intern(s.Text("node") ?? ""), context.Strings.Intern(s.Text("state") ?? ""), s.Time("since") ?? default, s.Text("message") ?? "", s.Text("bfd") ?? ""))
            .ToValueArray());

    /// <summary>An empty text is the API's way to say nothing.</summary>
    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
