using LbSpeaker.Bgp.Wire;

namespace LbSpeaker.Bgp.Tests.Wire;

/// <summary>Three outcomes over a stream that may be cut anywhere.</summary>
public sealed class FramingTests
{
    public static TheoryData<string> Files() => [.. HexCase.Files];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_message_cut_at_any_octet_needs_more_and_a_wrong_one_stays_wrong(string file)
    {
        foreach (HexCase @case in HexCase.Read(file))
        {
            FrameStatus whole = Framing.Read(@case.Octets).Status;
            FrameStatus last = FrameStatus.NeedMore;
            for (int cut = 0; cut < @case.Octets.Length; cut++)
            {
                FrameStatus status = Framing.Read(@case.Octets.AsSpan(0, cut)).Status;
                Assert.True(status == FrameStatus.NeedMore || (status == FrameStatus.Invalid && whole == FrameStatus.Invalid), $"{@case} cut at {cut}: {status}");
                Assert.True(last != FrameStatus.Invalid || status == FrameStatus.Invalid, $"{@case} cut at {cut}: no longer invalid");
                last = status;
            }
        }
    }

    [Fact]
    public void A_message_ends_where_its_length_says_whatever_follows()
    {
        foreach (HexCase @case in HexCase.All)
        {
            if (Framing.Read(@case.Octets).Status != FrameStatus.Complete) continue;
            Frame frame = Framing.Read([.. @case.Octets, 0x47, 0x45, 0x54]);
            Assert.Equal(FrameStatus.Complete, frame.Status);
            Assert.Equal(@case.Octets, frame.Message.ToArray());
        }
    }

    /// <summary>Each session that a peer has sent, octet by octet, into a buffer that slides.</summary>
    [Fact]
    public void A_recorded_session_comes_out_as_its_messages_however_it_is_cut()
    {
        foreach (IGrouping<string, HexCase> session in HexCase.All.Where(c => c.File.StartsWith("peers", StringComparison.Ordinal)).GroupBy(c => c.File))
        {
            byte[] stream = [.. session.SelectMany(c => c.Octets)];
            foreach (int piece in new[] { 1, 2, 3, 7, 18, 19, 20, 100, stream.Length })
            {
                List<byte[]> messages = [];
                List<byte> buffer = [];
                foreach (byte[] octets in stream.Chunk(piece))
                {
                    buffer.AddRange(octets);
                    while (Framing.Read(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(buffer)) is { Status: FrameStatus.Complete } frame)
                    {
                        messages.Add(frame.Message.ToArray());
                        buffer.RemoveRange(0, frame.Message.Length);
                    }
                }
                Assert.Empty(buffer);
                Assert.Equal(session.Select(c => Convert.ToHexString(c.Octets)), messages.Select(Convert.ToHexString));
            }
        }
    }

    [Fact]
    public void A_length_of_4096_is_waited_for_and_4097_is_not()
    {
        byte[] header = [.. Enumerable.Repeat((byte)0xFF, 16), 0x10, 0x00, 0x02];
        Assert.Equal(FrameStatus.NeedMore, Framing.Read(header).Status);
        Assert.Equal(FrameStatus.Complete, Framing.Read([.. header, .. new byte[BgpMessage.MaxLength - BgpMessage.HeaderLength]]).Status);
        header[17] = 1;
        Frame frame = Framing.Read(header);
        Assert.Equal(FrameStatus.Invalid, frame.Status);
        Assert.Equal("NOTIFICATION 1/2 BadMessageLength 0x1001", frame.Error!.ToString());
    }

    [Fact]
    public void Octets_that_framing_did_not_give_are_our_own_bug() =>
        Assert.Throws<ArgumentException>(() => MessageDecoder.Decode([.. HexCase.All[0].Octets, 0xFF], CodecOptions.Default));
}
