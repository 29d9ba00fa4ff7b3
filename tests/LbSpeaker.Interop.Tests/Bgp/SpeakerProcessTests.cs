using System.Globalization;
using System.Text.RegularExpressions;
using LbSpeaker.Interop.Tests.Bgp.Routers;
using LbSpeaker.Testing.Network;

namespace LbSpeaker.Interop.Tests.Bgp;

/// <summary>What the process's BFD, and standing still, do to its routes.</summary>
public sealed partial class SpeakerProcessTests
{
    private const string One = "203.0.113.1";

    /// <summary>Why BIRD needs <c>bfd graceful</c>, as its cell has it: with <c>bfd on</c> it forgets what graceful restart would have kept.</summary>
    [NetworkTheory("bird", "birdc")]
    [InlineData("-KILL")]
    [InlineData("-TERM")]
    public void With_plain_BFD_BIRD_forgets_the_routes_in_spite_of_graceful_restart(string signal)
    {
        using Lab lab = new();
        using Bird router = new(lab);
        router.Start(new() { GracefulRestart = true, Bfd = BfdUse.Plain });
        using SpeakerProcess speaker = new(lab, "enableGracefulRestart: true, bfdProfile: calm", One);
        router.WaitRoutes($"{One}/32");
        router.WaitFor("BFD is up", () => router.IsBfdUp);
        speaker.End(signal);
        router.WaitFor("BFD is down", () => !router.IsBfdUp);
        router.WaitRoutes();
    }

    /// <summary>It heeds no BFD while it waits for the speaker's restart. So BFD must not be the first to go, where the speaker stops.</summary>
    [NetworkFact("vtysh")]
    public void With_plain_BFD_FRR_keeps_them_where_BGP_ends_before_BFD() => new Cells(lab => new Frr(lab)).OurRestartWithTraffic(BfdUse.Plain);

    /// <summary>RFC 5880 section 4.1, RFC 5882 section 4.3: what goes with the process must not have the bit C.</summary>
    [NetworkFact("bird", "birdc", "nft")]
    public void Its_BFD_says_that_it_shares_the_fate_of_the_process()
    {
        using Lab lab = new();
        using Bird router = new(lab);
        router.Start(new() { Bfd = BfdUse.Plain });
        // The octet with the state and the bits, behind the UDP header and one octet more; first those with C, then those of state Up without.
        lab.Node.Try("nft", "add table inet count; add chain inet count out { type filter hook output priority 0; udp dport 3784 @th,72,8 & 0x08 == 0x08 counter; udp dport 3784 @th,72,8 & 0xc8 == 0xc0 counter; }");
        using SpeakerProcess speaker = new(lab, "bfdProfile: calm", One);
        Eventually.True("packets are sent while Up", Speaker.Patience, () => Sent(lab).Second > 5);
        Assert.Equal(0, Sent(lab).First);
    }

    /// <summary>Its clock goes on while it does not: all its timers are due at once when it wakes.</summary>
    [NetworkFact("bird", "birdc", "nft", "curl")]
    public void A_process_that_stood_still_for_longer_than_the_hold_time_comes_back_by_itself_and_makes_up_for_nothing()
    {
        using Lab lab = new();
        using Bird router = new(lab);
        router.Start(new() { Hold = 3, Bfd = BfdUse.Plain });
        using SpeakerProcess speaker = new(lab, "holdTime: 3s, keepaliveTime: 1s, connectTime: 1s, bfdProfile: calm", One);
        router.WaitRoutes($"{One}/32");
        router.WaitFor("BFD is up", () => router.IsBfdUp);
        lab.Node.Try("nft", "add table inet count; add chain inet count out { type filter hook output priority 0; udp dport 3784 counter; tcp dport 179 tcp flags & psh == psh counter; }");
        speaker.Suspend();
        router.WaitFor("the session is gone", () => !router.IsEstablished);
        router.WaitRoutes();
        (long bfd, long bgp) = Sent(lab);
        // Ten KEEPALIVEs and fifty BFD packets are due by then.
        long since = Environment.TickCount64;
        Eventually.True("it stands still for ten seconds more", Speaker.Patience, () => Environment.TickCount64 - since > 10_000);
        Assert.Equal((bfd, bgp), Sent(lab));

        since = Environment.TickCount64;
        speaker.Resume();
        router.WaitRoutes($"{One}/32");
        router.WaitFor("BFD is up", () => router.IsBfdUp);
        (long bfdAfter, long bgpAfter) = Sent(lab);
        double seconds = (Environment.TickCount64 - since) / 1000.0;
        // Packets of BFD are 150 ms apart at least, but for those that answer a Poll or tell a change of state.
        Assert.InRange(bfdAfter - bfd, 1, seconds / 0.15 + 10);
        // An OPEN, routes and End-of-RIB an attempt, and KEEPALIVEs at their pace.
        Assert.InRange(bgpAfter - bgp, 1, 3 * seconds + 10);
        Eventually.True("it says so itself", Speaker.Patience, () => speaker.Metric("metallb_bgp_session_up") == 1);
        // It heard, once awake, that the router had given up, and dialled again.
        Assert.InRange(speaker.Metric("lbspeaker_bgp_established_total")!.Value, 2, 3);
    }

    /// <summary>Packets that the node has sent, by the two counters of the table.</summary>
    private static (long First, long Second) Sent(Lab lab)
    {
        long[] packets = [.. PacketsPattern().Matches(lab.Node.Try("nft", "list table inet count").Output).Select(m => long.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture))];
        return (packets[0], packets[1]);
    }

    [GeneratedRegex(@"packets (\d+)")]
    private static partial Regex PacketsPattern();
}
