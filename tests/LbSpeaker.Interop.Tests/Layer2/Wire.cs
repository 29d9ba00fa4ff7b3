using LbSpeaker.Core.Net;
using LbSpeaker.Testing.Frames;
using LbSpeaker.Testing.Network;

namespace LbSpeaker.Interop.Tests.Layer2;

/// <summary>Questions and answers as octets.</summary>
internal static class Wire
{
    public const string NodeMac = "02:00:00:00:00:01", ClientMac = "02:00:00:00:00:c1";

    private static readonly byte[] Arp = FrameCase.ReadAll("Arp").Single(c => c.Name == "Arp/request").Frame;
    private static readonly byte[] Ndp = FrameCase.ReadAll("Ndp").Single(c => c.Name == "Ndp/solicitation-without-option").Frame;

    /// <summary>A request for the address by ARP or NDP, from <see cref="ClientMac"/>.</summary>
    public static byte[] Asking(string address)
    {
        IpAddress target = IpAddress.Parse(address);
        if (target.Family == IpFamily.IPv4)
        {
            byte[] request = [.. Arp];
            target.WriteBytes(request.AsSpan(38));
            return request;
        }
        // The case asks for 2001:db8::10; another target is another sum, and another group.
        byte[] solicitation = [.. Ndp];
        target.WriteBytes(solicitation.AsSpan(62));
        solicitation.AsSpan(75, 3).CopyTo(solicitation.AsSpan(3));
        solicitation.AsSpan(75, 3).CopyTo(solicitation.AsSpan(51));
        solicitation.AsSpan(56, 2).Clear();
        uint sum = (uint)(solicitation.Length - 54) + 58;
        for (int i = 22; i < solicitation.Length; i += 2) sum += (uint)(solicitation[i] << 8 | solicitation[i + 1]);
        while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
        (solicitation[56], solicitation[57]) = ((byte)(~sum >> 8), (byte)~sum);
        return solicitation;
    }

    /// <summary>The frame tells the client that the address is at this hardware address.</summary>
    public static bool IsAnswer(byte[] frame, string address, string mac) => frame.Length >= 42 && Text(frame, 0) == ClientMac && Claims(frame, address, mac);

    /// <summary>The frame tells everyone the same, unasked.</summary>
    public static bool IsAnnouncement(byte[] frame, string address, string mac) => frame.Length >= 42 && (frame[0] & 1) == 1 && Claims(frame, address, mac);

    /// <summary>Asks again and again until the address is said to be at this hardware address; how long that took.</summary>
    public static TimeSpan UntilAnswered(this PacketClient client, string address, string mac) => Eventually.True($"{address} is at {mac}", Node.Patience, () =>
        client.TrySend(Asking(address)) && client.Receive(f => IsAnswer(f, address, mac), TimeSpan.FromMilliseconds(20)) is not null);

    /// <summary>Asks once.</summary>
    public static bool IsAnswered(this PacketClient client, string address, string mac, TimeSpan within)
    {
        client.Discard();
        client.Send(Asking(address));
        return client.Receive(f => IsAnswer(f, address, mac), within) is not null;
    }

    private static bool Claims(byte[] frame, string address, string mac)
    {
        IpAddress claimed = IpAddress.Parse(address);
        return claimed.Family == IpFamily.IPv4
            ? frame[12] == 0x08 && frame[13] == 0x06 && Text(frame, 22) == mac && IpAddress.FromBytes(frame.AsSpan(28, 4)) == claimed
            : frame.Length >= 86 && frame[12] == 0x86 && frame[54] == 136 && IpAddress.FromBytes(frame.AsSpan(62, 16)) == claimed && Text(frame, 80) == mac;
    }

    private static string Text(byte[] frame, int at) => MacAddress.FromBytes(frame.AsSpan(at)).ToString();
}
