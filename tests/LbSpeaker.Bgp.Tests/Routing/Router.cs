using LbSpeaker.Bgp.Routing;
using LbSpeaker.Bgp.Session;
using LbSpeaker.Bgp.Wire;
using LbSpeaker.Bgp.Wire.Attributes;
using LbSpeaker.Bgp.Wire.Capabilities;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Tests.Routing;

/// <summary>The other end of a session: what it has after each message, as a router would.</summary>
internal sealed class Router(CodecOptions options)
{
    public sealed record Route(NextHop NextHop, string Attributes);

    public Dictionary<IpPrefix, Route> Routes { get; } = [];

    /// <summary>Each as a line.</summary>
    public List<string> Log { get; } = [];

    public List<int> Lengths { get; } = [];

    public List<AddressFamily> EndOfRibs { get; } = [];

    public List<UpdateMessage> Updates { get; } = [];

    public static OpenMessage Open(uint asNumber, params AddressFamily[] families) => new(
        asNumber, 90, IpAddress.Parse("192.0.2.9"),
        [.. families.Select(f => new MultiprotocolCapability(f)), FlagCapability.RouteRefresh, FlagCapability.EnhancedRouteRefresh, new ExtendedNextHopCapability([ExtendedNextHop.IPv4OverIPv6])]);

    public static SessionTerms Terms(OpenMessage ours, OpenMessage theirs) => SessionTerms.Of(ours, theirs, TimeSpan.FromSeconds(30));

    public static SessionTerms Both(uint ours = 65000, uint theirs = 65001) =>
        Terms(Open(ours, AddressFamily.IPv4Unicast, AddressFamily.IPv6Unicast), Open(theirs, AddressFamily.IPv4Unicast, AddressFamily.IPv6Unicast));

    /// <summary>Everything that is to be taken, in pieces of so many octets.</summary>
    public void Drain(AdjRibOut rib, int pieces = 65536)
    {
        byte[] buffer = new byte[pieces];
        while (rib.Take(buffer) is > 0 and int octets) Read(buffer.AsSpan(0, octets));
    }

    public int TakeOnce(AdjRibOut rib, int octets)
    {
        byte[] buffer = new byte[octets];
        int taken = rib.Take(buffer);
        Read(buffer.AsSpan(0, taken));
        return taken;
    }

    private void Read(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            Frame frame = Framing.Read(octets);
            Assert.Equal(FrameStatus.Complete, frame.Status);
            DecodeResult result = MessageDecoder.Decode(frame.Message, options);
            Assert.True(result.IsMessage, result.Error?.ToString());
            Assert.Empty(result.Findings);
            Lengths.Add(frame.Message.Length);
            Take(result.Message);
            octets = octets[frame.Message.Length..];
        }
    }

    private void Take(BgpMessage message)
    {
        Log.Add(message.ToString()!);
        if (message is EndOfRibMessage end) EndOfRibs.Add(end.Family);
        if (message is not UpdateMessage update) return;
        Updates.Add(update);
        foreach (IpPrefix prefix in update.Withdrawn.Concat(update.Find<MpUnreachAttribute>()?.Prefixes ?? [])) Assert.True(Routes.Remove(prefix), $"{prefix} is withdrawn and was never announced");
        string attributes = string.Join("; ", update.Attributes.Where(a => a is not (MpReachAttribute or MpUnreachAttribute or NextHopAttribute)));
        foreach (IpPrefix prefix in update.Nlri) Routes[prefix] = new(new(update.Find<NextHopAttribute>()!.Address), attributes);
        if (update.Find<MpReachAttribute>() is { } reach)
            foreach (IpPrefix prefix in reach.Prefixes) Routes[prefix] = new(reach.NextHop, attributes);
    }
}
