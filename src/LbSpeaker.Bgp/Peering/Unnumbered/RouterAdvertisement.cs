namespace LbSpeaker.Bgp.Peering.Unnumbered;

/// <summary>
/// The advertisement by which two ends of an unnumbered session learn each other's link-local address (RFC 4861 section 4.2).
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |     Type      |     Code      |          Checksum             |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// | Cur Hop Limit |M|O|  Reserved |       Router Lifetime         |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                         Reachable Time                        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |                          Retrans Timer                        |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |   Options ...
/// +-+-+-+-+-+-+-+-+-+-+-+-
/// </code>
/// </summary>
internal static class RouterAdvertisement
{
    public const byte SolicitationType = 133, AdvertisementType = 134;

    private const int AdvertisementHeader = 16, SolicitationHeader = 8;

    /// <summary>
    /// Ours. All zero but its type: a lifetime of 0 says that we are nobody's default router, and the other zeros that we say nothing about how the link is to be used. No
    /// option is needed: who hears it learns our address from the packet itself.
    /// </summary>
    public static byte[] Ours { get; } = [AdvertisementType, .. new byte[AdvertisementHeader - 1]];

    /// <summary>A question to whoever would advertise (RFC 4861 section 4.1).</summary>
    public static byte[] Solicitation { get; } = [SolicitationType, .. new byte[SolicitationHeader - 1]];

    /// <summary>RFC 4861 section 6.1.2, as far as the kernel has not checked it: code 0, no length that lies.</summary>
    public static bool IsAdvertisement(ReadOnlySpan<byte> message) => IsValid(message, AdvertisementType, AdvertisementHeader);

    /// <summary>RFC 4861 section 6.1.1, likewise.</summary>
    public static bool IsSolicitation(ReadOnlySpan<byte> message) => IsValid(message, SolicitationType, SolicitationHeader);

    private static bool IsValid(ReadOnlySpan<byte> message, byte type, int header)
    {
        if (message.Length < header || message[0] != type || message[1] != 0) return false;
        for (ReadOnlySpan<byte> options = message[header..]; !options.IsEmpty;)
        {
            // In units of 8 octets; 0 would never end.
            if (options.Length < 2 || options[1] == 0 || options[1] * 8 > options.Length) return false;
            options = options[(options[1] * 8)..];
        }
        return true;
    }
}
