using CsCheck;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Speaker;

namespace LbSpeaker.Tests.Speaker;

public sealed class OwnedBookTests
{
    /// <summary>Whatever was said before, what is owned is what was said last of each Service.</summary>
    [Fact]
    public void It_is_what_was_said_last() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 4], Gen.Int[0, 3]).Array[1, 40].Sample(turns =>
        {
            OwnedBook book = new();
            Dictionary<ObjectKey, Layer2ServiceReport?> last = [];
            foreach ((int service, int first, int count) in turns)
            {
                ObjectKey key = new("default", $"s{service}");
                // No two Services share: each has a range of its own.
                Layer2ServiceReport? report = count == 3 ? null : count == 0 ? Layer2ServiceReport.LeftToOther
                    : new(true, [], []) { Addresses = Enumerable.Range(first, count).Select(i => IpAddress.FromIPv4((uint)(service * 10 + i))).ToValueArray(), Since = DateTimeOffset.UnixEpoch.AddDays(first) };
                last[key] = report;
                book.Follow(new Dictionary<ObjectKey, Layer2ServiceReport?> { [key] = report });
            }
            OwnedAddress[] expected = [.. last.Where(l => l.Value is not null).SelectMany(l => l.Value!.Addresses.AsEnumerable(), (l, a) => new OwnedAddress(a, l.Key, l.Value!.Since)).OrderBy(a => a.Address)];
            Assert.Equal(new FirstOf<OwnedAddress>(expected.Length, expected.ToValueArray()), book.Addresses);
        });

    [Fact]
    public void Of_Services_that_share_an_address_the_first_stands_for_it()
    {
        OwnedBook book = new();
        Layer2ServiceReport report = new(true, [], []) { Addresses = [IpAddress.Parse("192.0.2.1")] };
        ObjectKey a = new("default", "a"), b = new("default", "b");
        book.Follow(new Dictionary<ObjectKey, Layer2ServiceReport?> { [b] = report, [a] = report });
        Assert.Equal([a], book.Addresses.First.Select(o => o.Service));
        book.Follow(new Dictionary<ObjectKey, Layer2ServiceReport?> { [b] = report, [a] = null });
        Assert.Equal([b], book.Addresses.First.Select(o => o.Service));
        Assert.Equal(1, book.Addresses.Total);
    }

    /// <summary>So that nobody compares a hundred addresses at each turn.</summary>
    [Fact]
    public void What_is_said_again_changes_nothing()
    {
        OwnedBook book = new();
        ObjectKey a = new("default", "a"), b = new("default", "b");
        Layer2ServiceReport report = new(true, [], []) { Addresses = [IpAddress.Parse("192.0.2.1")] };
        book.Follow(new Dictionary<ObjectKey, Layer2ServiceReport?> { [a] = report });
        FirstOf<OwnedAddress> first = book.Addresses;
        book.Follow(new Dictionary<ObjectKey, Layer2ServiceReport?> { [a] = report with { }, [b] = Layer2ServiceReport.LeftToOther });
        Assert.Same(first, book.Addresses);
        book.Follow(new Dictionary<ObjectKey, Layer2ServiceReport?> { [a] = report with { Since = DateTimeOffset.UnixEpoch } });
        Assert.NotEqual(first, book.Addresses);
    }

    [Fact]
    public void A_hundred_are_shown_and_all_are_counted()
    {
        OwnedBook book = new();
        book.Follow(Enumerable.Range(0, 300).ToDictionary(i => new ObjectKey("default", $"s{i}"), i => (Layer2ServiceReport?)new Layer2ServiceReport(true, [], []) { Addresses = [IpAddress.FromIPv4((uint)(1000 - i))] }));
        Assert.Equal((300, FirstOf.Most), (book.Addresses.Total, book.Addresses.First.Count));
        Assert.Equal(IpAddress.FromIPv4(701), book.Addresses.First[0].Address);
    }
}
