using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Answering;
using LbSpeaker.Layer2.Capture;

namespace LbSpeaker.Layer2.Tests.Capture;

public sealed class HearingTests
{
    private int wakes;

    [Fact]
    public void What_is_heard_again_is_one_and_wakes_once_until_it_is_taken()
    {
        Hearing hearing = new(() => wakes++);
        Assert.False(hearing.HasSome);
        for (int round = 1; round <= 2; round++)
        {
            for (int i = 0; i < 1_000; i++)
            {
                hearing.Add(Of(1), "eth0");
                hearing.Add(Of(2), "eth0");
                hearing.Add(Of(1), "eth1");
            }
            Assert.Equal(round, wakes);
            Assert.True(hearing.HasSome);
            Assert.Equal([new(Of(1), "eth0"), new(Of(2), "eth0"), new(Of(1), "eth1")], hearing.Take());
        }
        Assert.Empty(hearing.Take());
    }

    /// <summary>A flood from invented hosts.</summary>
    [Fact]
    public void There_is_room_for_so_many_only_and_for_others_when_they_are_taken()
    {
        Hearing hearing = new(() => wakes++);
        for (ulong i = 0; i < 100_000; i++) hearing.Add(Of(i), "eth0");
        Assert.Equal(1, wakes);
        Assert.Equal(Hearing.Room, hearing.Take().Length);
        hearing.Add(Of(100_000), "eth0");
        Assert.Single(hearing.Take());
    }

    private static Sighting Of(ulong host) => new(Segment.IPv4, new MacAddress(0x0200_0000_0000 + host), HeardBy.ArpReply);
}
