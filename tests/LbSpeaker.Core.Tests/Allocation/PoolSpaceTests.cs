using CsCheck;
using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Tests.Allocation;

public sealed class PoolSpaceTests
{
    private static PoolSpace Space(string ranges, string excluded = "", bool avoid = false, IpFamily family = IpFamily.IPv4) =>
        new(new("pool", LabelSet.Empty, PoolState.Ready, Ranges(ranges), Ranges(excluded), true, avoid, 0, null, [], false), family);

    private static ValueArray<IpRange> Ranges(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries)
        .Select(t => IpRange.TryParse(t, out IpRange range, out string? error) ? range : throw new FormatException(error)).ToValueArray();

    [Fact]
    public void The_first_free_address_is_that_of_a_plain_list_after_any_takes_and_returns() =>
        Gen.Select(Gen.Bool, Gen.Int[0, 600].Array[1, 300]).Sample((avoid, steps) =>
        {
            PoolSpace space = Space("192.0.2.250-192.0.3.10,192.0.2.0/28,198.51.100.254/31", "192.0.2.3,192.0.3.4-192.0.3.6", avoid);
            List<UInt128> order = [.. Listed(avoid)];
            HashSet<UInt128> taken = [];
            foreach (int step in steps)
            {
                bool found = space.TryFirstFree(out PoolPosition first);
                UInt128? expected = order.Where(a => !taken.Contains(a)).Select(a => (UInt128?)a).FirstOrDefault();
                Assert.Equal(expected, found ? first.Value : null);
                Assert.Equal((UInt128)(order.Count - taken.Count), space.Free);
                // A third takes the first, a third any, a third gives one back.
                UInt128 any = order[step % order.Count];
                if (step % 3 == 0 && found) any = first.Value;
                Assert.True(space.TryPosition(any, out PoolPosition position));
                if (step % 3 == 2)
                {
                    if (taken.Remove(any)) space.GiveBack(position);
                }
                else if (taken.Add(any)) space.Take(position);
            }
        }, iter: 300);

    private static IEnumerable<UInt128> Listed(bool avoid)
    {
        foreach (IpRange range in Ranges("192.0.2.250-192.0.3.10,192.0.2.0/28,198.51.100.254/31").AsEnumerable())
            for (UInt128 a = range.First.Value; a <= range.Last.Value; a++)
                if (!Ranges("192.0.2.3,192.0.3.4-192.0.3.6").Any(r => r.Contains(new(IpFamily.IPv4, a))) && !(avoid && ((uint)a & 255) is (0 or 255))) yield return a;
    }

    [Fact]
    public void The_whole_of_a_family_is_never_written_out()
    {
        PoolSpace v4 = Space("0.0.0.0/0", avoid: true), v6 = Space("::/0", "::", family: IpFamily.IPv6), full = Space("::/0", family: IpFamily.IPv6);
        Assert.Equal((UInt128)(1L << 32) - (1 << 25), v4.Usable);
        Assert.Equal(UInt128.MaxValue, v6.Usable);
        Assert.Equal(UInt128.MaxValue, full.Usable);
        Assert.True(v4.TryFirstFree(out PoolPosition first4) && first4.Value == 1);
        Assert.True(v6.TryFirstFree(out PoolPosition first6) && first6.Value == 1);
        Assert.True(v6.TryPosition(UInt128.MaxValue, out PoolPosition last));
        v6.Take(last);
        Assert.Equal(UInt128.MaxValue - 1, v6.Free);
        Assert.False(v6.TryPosition(0, out _));
    }

    [Fact]
    public void The_last_address_of_the_space_can_be_taken_and_then_there_is_none()
    {
        PoolSpace space = Space("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127", family: IpFamily.IPv6);
        for (int i = 0; i < 2; i++)
        {
            Assert.True(space.TryFirstFree(out PoolPosition position));
            space.Take(position);
        }
        Assert.False(space.TryFirstFree(out _));
        Assert.Equal((UInt128)0, space.Free);
    }
}
