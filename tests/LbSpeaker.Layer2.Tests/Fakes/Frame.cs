using LbSpeaker.Core.Net;
using LbSpeaker.Testing.Frames;

namespace LbSpeaker.Layer2.Tests.Fakes;

/// <summary>Frames that tests send and look for.</summary>
internal static class Frame
{
    private static readonly byte[] Arp = FrameCase.ReadAll("Arp").Single(c => c.Name == "Arp/request").Frame;
    private static readonly byte[] Reply = FrameCase.ReadAll("Arp").Single(c => c.Name == "Arp/reply").Frame;

    /// <summary>A frame that is never answered.</summary>
    public static byte[] Unanswered => Reply;

    /// <summary>An ARP request for the address.</summary>
    public static byte[] Asking(IpAddress target)
    {
        byte[] frame = [.. Arp];
        target.WriteBytes(frame.AsSpan(38));
        return frame;
    }

    /// <summary>The host announces the address by an ARP request.</summary>
    public static byte[] Announcing(IpAddress address, MacAddress host)
    {
        byte[] frame = Asking(address);
        host.WriteBytes(frame.AsSpan(6));
        host.WriteBytes(frame.AsSpan(22));
        address.WriteBytes(frame.AsSpan(28));
        return frame;
    }

    /// <summary>The host asks by an ARP probe whether the address is free.</summary>
    public static byte[] Probing(IpAddress address, MacAddress host)
    {
        byte[] frame = Announcing(address, host);
        frame.AsSpan(28, 4).Clear();
        return frame;
    }

    /// <summary>An ARP probe or the solicitation of duplicate address detection.</summary>
    public static bool IsProbe(byte[] frame) => frame[12] == 0x08 ? frame[21] == 1 && frame.AsSpan(28, 4).IndexOfAnyExcept((byte)0) < 0 : frame[54] == 135;

    /// <summary>Whom an ARP frame or an advertisement says that an address is at.</summary>
    public static (IpAddress Address, MacAddress At) Claim(byte[] frame) => frame[12] == 0x08
        ? (IpAddress.FromBytes(frame.AsSpan(28, 4)), MacAddress.FromBytes(frame.AsSpan(22)))
        : (IpAddress.FromBytes(frame.AsSpan(62, 16)), MacAddress.FromBytes(frame.AsSpan(80)));
}
