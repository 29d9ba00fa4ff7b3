using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Frames;
using LbSpeaker.Testing.Frames;

namespace LbSpeaker.Layer2.Tests.Frames;

public sealed class GratuitousFramesTests
{
    public static TheoryData<string> Cases() => [.. HexFile.ReadAll("Cases", "Gratuitous").Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_address_is_announced_and_asked_for_by_exactly_these_frames(string name)
    {
        HexFile file = HexFile.ReadAll("Cases", "Gratuitous").Single(c => c.Name == name);
        IpAddress address = Segment.Address(file.Sections[0].Argument);
        byte[][] frames = file.Sections[0].Word == "probe" ? [GratuitousFrames.Probe(address, Segment.Own)] : GratuitousFrames.Of(address, Segment.Own);
        Assert.Equal(file.Sections.Where(s => s.Word == "frame").Select(s => Convert.ToHexString(s.Octets)), frames.Select(Convert.ToHexString));
    }
}
