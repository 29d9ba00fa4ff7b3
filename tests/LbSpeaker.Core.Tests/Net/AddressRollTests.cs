using CsCheck;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Tests.Net;

public sealed class AddressRollTests
{
    private static readonly IpAddress First = IpAddress.Parse("192.0.2.0");

    [Fact]
    public void The_first_hundred_are_shown_with_what_was_last_said_of_them() =>
        Gen.Select(Gen.Int[0, 149], Gen.Int[0, 1]).Array[0, 600].Sample(steps =>
        {
            AddressRoll<int, (IpAddress, int)> roll = new((address, said) => (address, said));
            SortedDictionary<IpAddress, (int Said, int Times)> expected = [];
            for (int i = 0; i < steps.Length; i++)
            {
                IpAddress address = At(steps[i].Item1);
                int times = expected.GetValueOrDefault(address).Times, change = steps[i].Item2 == 0 && times > 0 ? -1 : 1;
                roll.Change(address, i, change);
                if (times + change == 0) expected.Remove(address); else expected[address] = (i, times + change);
                Assert.Equal(new FirstOf<(IpAddress, int)>(expected.Count, expected.Take(FirstOf.Most).Select(e => (e.Key, e.Value.Said)).ToValueArray()), roll.Shown);
            }
        }, iter: 100);

    [Fact]
    public void A_change_behind_what_is_shown_builds_nothing_anew()
    {
        int built = 0;
        AddressRoll<int, IpAddress> roll = new((address, _) =>
        {
            built++;
            return address;
        });
        for (int i = 0; i < 10_000; i++) roll.Change(At(i), 0, +1);
        Assert.Equal(10_000, roll.Shown.Total);
        for (int i = 5_000; i < 6_000; i++)
        {
            roll.Change(At(i), 0, -1);
            Assert.Equal(9_999, roll.Shown.Total);
            roll.Change(At(i), 0, +1);
        }
        Assert.Equal(FirstOf.Most, built);
    }

    private static IpAddress At(int offset) => new(First.Family, First.Value + (UInt128)offset);
}
