using CsCheck;
using LbSpeaker.Bgp.Wire;
using LbSpeaker.Bgp.Wire.Attributes;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using Community = LbSpeaker.Bgp.Wire.Attributes.Community;
using LbSpeaker.Testing.Observability;

namespace LbSpeaker.Bgp.Tests.Wire;

public sealed class UpdateTemplateTests
{
    private static readonly CodecOptions External = new() { External = true, FourOctetAs = true, Families = [AddressFamily.IPv4Unicast, AddressFamily.IPv6Unicast] };
    private static readonly CodecOptions Internal = External with { External = false };
    private static readonly NextHop Hop4 = new(IpAddress.Parse("192.0.2.1")), Hop6 = new(IpAddress.Parse("2001:db8::1"));
    private static readonly PathAttribute Igp = new OriginAttribute(Origin.Igp), Path = new AsPathAttribute(AsPath.Sequence(65001)), Preference = new LocalPrefAttribute(100);

    /// <summary>The whole way: any routes, packed and read again, are the same routes in the same order, in no more messages than they need.</summary>
    [Fact]
    public void Packed_routes_come_back_all_of_them_in_full_messages() =>
        Generators.Options.SelectMany(options => Generators.Announcement(options, uint.MaxValue).Select(a => (a, options))).Sample(
            c =>
            {
                ((IpFamily family, RouteField field, NextHop nextHop, ValueArray<PathAttribute> attributes, IpPrefix[] prefixes), CodecOptions options) = c;
                UpdateTemplate template = UpdateTemplate.Announce(family, field, nextHop, attributes, options);
                foreach ((UpdateMessage update, int taken, byte[] octets) in Pack(template, prefixes, options))
                {
                    IReadOnlyList<IpPrefix> sent = field == RouteField.Plain ? update.Nlri : update.Find<MpReachAttribute>()!.Prefixes;
                    Assert.Equal(prefixes[..taken], sent);
                    prefixes = prefixes[taken..];
                    // RFC 4271 section 4.1 and the purpose: within the limit, and full unless it is the last.
                    Assert.True(prefixes.Length == 0 || octets.Length + 1 + ((prefixes[0].Length + 7) / 8) > BgpMessage.MaxLength);
                    Assert.Equal(nextHop, field == RouteField.Plain ? new NextHop(update.Find<NextHopAttribute>()!.Address) : update.Find<MpReachAttribute>()!.NextHop);
                    // RFC 7606 section 5.1: one field, and the one that carries routes first; RFC 4271 section 5: the others in ascending order.
                    Assert.True(field == RouteField.Plain || update is { Nlri.IsEmpty: true } && update.Attributes[0] is MpReachAttribute);
                    IEnumerable<PathAttribute> rest = update.Attributes.Where(a => a is not MpReachAttribute);
                    Assert.Equal(rest.OrderBy(a => a.Type), rest);
                    Assert.Equal(attributes.OfType<AsPathAttribute>().Single().Path, update.Path);
                }
                Assert.Empty(prefixes);
            },
            iter: 500);

    [Fact]
    public void Withdrawn_routes_come_back_all_of_them() =>
        Generators.OneOf((IpFamily.IPv4, RouteField.Plain), (IpFamily.IPv4, RouteField.Multiprotocol), (IpFamily.IPv6, RouteField.Multiprotocol))
            .SelectMany(form => Generators.PrefixOf(form.Item1).Array[1, 3000].Select(prefixes => (form.Item1, form.Item2, prefixes))).Sample(
            c =>
            {
                (IpFamily family, RouteField field, IpPrefix[] prefixes) = c;
                List<IpPrefix> read = [];
                foreach ((UpdateMessage update, _, _) in Pack(UpdateTemplate.Withdraw(family, field), prefixes, External))
                    read.AddRange(field == RouteField.Plain ? update.Withdrawn : ((MpUnreachAttribute)Assert.Single(update.Attributes)).Prefixes);
                Assert.Equal(prefixes, read);
            },
            iter: 300);

    private static List<(UpdateMessage Update, int Taken, byte[] Octets)> Pack(UpdateTemplate template, ReadOnlySpan<IpPrefix> prefixes, CodecOptions options)
    {
        List<(UpdateMessage, int, byte[])> messages = [];
        byte[] buffer = new byte[BgpMessage.MaxLength];
        while (!prefixes.IsEmpty)
        {
            byte[] octets = buffer[..template.Write(prefixes, buffer, out int taken)];
            Assert.True(taken > 0);
            DecodeResult result = HexCase.Take(octets, options).Result;
            Assert.Empty(result.Findings);
            messages.Add((Assert.IsType<UpdateMessage>(result.Message), taken, octets));
            prefixes = prefixes[taken..];
        }
        return messages;
    }

    [Fact]
    public void Each_form_has_its_octets()
    {
        IpPrefix four = IpPrefix.Parse("198.51.100.0/24"), six = IpPrefix.Parse("2001:db8:100::/48");
        CodecOptions extended = Internal with { ExtendedNextHop = true }, two = External with { FourOctetAs = false };
        PathAttribute longPath = new AsPathAttribute(AsPath.Sequence(4200000001)), longAggregator = new AggregatorAttribute(new Aggregator(4200000001, IpAddress.Parse("192.0.2.9")));

        Is("001b 02 0004 18c63364 0000", UpdateTemplate.Withdraw(IpFamily.IPv4, RouteField.Plain), four);
        Is("0022 02 0000 000b 900f0007 000101 18c63364", UpdateTemplate.Withdraw(IpFamily.IPv4, RouteField.Multiprotocol), four);
        Is("0025 02 0000 000e 900f000a 000201 3020010db80100", UpdateTemplate.Withdraw(IpFamily.IPv6, RouteField.Multiprotocol), six);
        Is("002f 02 0000 0014 40010100 40020602010000fde9 400304c0000201 18c63364",
            UpdateTemplate.Announce(IpFamily.IPv4, RouteField.Plain, Hop4, [Path, Igp], External), four);
        Is("0044 02 0000 002d 900e001c 000201 10 20010db8000000000000000000000001 00 3020010db80100 40010100 40020602010000fde9",
            UpdateTemplate.Announce(IpFamily.IPv6, RouteField.Multiprotocol, Hop6, [Path, Igp], External), six);
        Is("0048 02 0000 0031 900e0019 000101 10 20010db8000000000000000000000001 00 18c63364 40010100 40020602010000fde9 40050400000064",
            UpdateTemplate.Announce(IpFamily.IPv4, RouteField.Multiprotocol, Hop6, [Preference, Path, Igp], extended), four);
        Is("004a 02 0000 002f 40010100 4002040201 5ba0 400304c0000201 c00706 5ba0c0000209 c011060201 fa56ea01 c01208 fa56ea01c0000209 18c63364",
            UpdateTemplate.Announce(IpFamily.IPv4, RouteField.Plain, Hop4, [longAggregator, longPath, Igp], two), four);
    }

    private static void Is(string expected, UpdateTemplate template, IpPrefix prefix)
    {
        byte[] buffer = new byte[BgpMessage.MaxLength];
        string octets = Convert.ToHexStringLower(buffer.AsSpan(0, template.Write([prefix], buffer, out int taken)));
        Assert.Equal((new string('f', 32) + expected.Replace(" ", "", StringComparison.Ordinal), 1), (octets, taken));
    }

    [Fact]
    public void A_hundred_thousand_routes_need_124_messages_and_no_memory()
    {
        IpPrefix[] prefixes = [.. Enumerable.Range(0, 100_000).Select(i => IpPrefix.Host(IpAddress.FromIPv4(0x0A00_0000u + (uint)i)))];
        UpdateTemplate template = UpdateTemplate.Announce(IpFamily.IPv4, RouteField.Plain, Hop4, [Igp, Path], External);
        byte[] buffer = new byte[BgpMessage.MaxLength];
        int messages = Write(template, prefixes, buffer), again = 0;
        Assert.Equal(0, Allocations.Of(() => again = Write(template, prefixes, buffer)));
        // 4096 octets less a header of 19, two lengths and 20 octets of attributes leave 810 prefixes of 5.
        Assert.Equal((124, 124), (messages, again));
    }

    private static int Write(UpdateTemplate template, ReadOnlySpan<IpPrefix> prefixes, byte[] buffer)
    {
        int messages = 0;
        for (; !prefixes.IsEmpty; messages++)
        {
            template.Write(prefixes, buffer, out int taken);
            prefixes = prefixes[taken..];
        }
        return messages;
    }

    private static readonly CodecOptions Extended = External with { ExtendedNextHop = true };

    private static ValueArray<PathAttribute> Large { get; } = [Igp, Path, new CommunitiesAttribute([.. Enumerable.Range(0, 1012).Select(i => new Community((uint)i))])];

    public static TheoryData<string, Action> Forbidden => new()
    {
        { "ORIGIN is missing", () => UpdateTemplate.Announce(IpFamily.IPv4, RouteField.Plain, Hop4, [Path], External) },
        { "AS_PATH is missing", () => UpdateTemplate.Announce(IpFamily.IPv4, RouteField.Plain, Hop4, [Igp], External) },
        { "LOCAL_PREF is missing", () => UpdateTemplate.Announce(IpFamily.IPv4, RouteField.Plain, Hop4, [Igp, Path], Internal) },
        { "LOCAL_PREF 100 does not go to an external peer", () => UpdateTemplate.Announce(IpFamily.IPv4, RouteField.Plain, Hop4, [Igp, Path, Preference], External) },
        { "stands twice", () => UpdateTemplate.Announce(IpFamily.IPv4, RouteField.Plain, Hop4, [Igp, Path, Igp], External) },
        { "follows from the other arguments", () => UpdateTemplate.Announce(IpFamily.IPv4, RouteField.Plain, Hop4, [Igp, Path, new NextHopAttribute(Hop4.Address)], External) },
        { "follows from the other arguments", () => UpdateTemplate.Announce(IpFamily.IPv4, RouteField.Plain, Hop4, [Igp, Path, new As4PathAttribute(AsPath.Sequence(65001))], External) },
        { "2001:db8::1 is no next hop for IPv4 in the Plain field", () => UpdateTemplate.Announce(IpFamily.IPv4, RouteField.Plain, Hop6, [Igp, Path], Extended) },
        { "is no next hop for IPv4 in the Multiprotocol field", () => UpdateTemplate.Announce(IpFamily.IPv4, RouteField.Multiprotocol, Hop6, [Igp, Path], External) },
        { "192.0.2.1 is no next hop for IPv6", () => UpdateTemplate.Announce(IpFamily.IPv6, RouteField.Multiprotocol, Hop4, [Igp, Path], Extended) },
        { "224.0.0.1 is no next hop", () => UpdateTemplate.Announce(IpFamily.IPv4, RouteField.Plain, new(IpAddress.Parse("224.0.0.1")), [Igp, Path], External) },
        { "is no next hop", () => UpdateTemplate.Announce(IpFamily.IPv6, RouteField.Multiprotocol, new(Hop6.Address, IpAddress.Parse("2001:db8::2")), [Igp, Path], External) },
        { "the plain fields have IPv4 only", () => UpdateTemplate.Announce(IpFamily.IPv6, RouteField.Plain, Hop6, [Igp, Path], External) },
        { "the plain fields have IPv4 only", () => UpdateTemplate.Withdraw(IpFamily.IPv6, RouteField.Plain) },
        { "leave no room for a prefix", () => UpdateTemplate.Announce(IpFamily.IPv4, RouteField.Plain, Hop4, Large, External) },
        { "without prefixes", () => UpdateTemplate.Withdraw(IpFamily.IPv4, RouteField.Plain).Write([], new byte[4096], out _) },
        { "is not IPv4", () => UpdateTemplate.Withdraw(IpFamily.IPv4, RouteField.Plain).Write([IpPrefix.Parse("2001:db8::/32")], new byte[4096], out _) },
        { "may need 4096 octets", () => UpdateTemplate.Withdraw(IpFamily.IPv4, RouteField.Plain).Write([IpPrefix.Parse("10.0.0.0/8")], new byte[4095], out _) },
    };

    [Theory]
    [MemberData(nameof(Forbidden))]
    public void What_the_RFCs_forbid_to_send_throws(string says, Action act) => Assert.Contains(says, Assert.ThrowsAny<ArgumentException>(act).Message, StringComparison.Ordinal);
}
