using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp.Wire.Capabilities;

/// <summary>A family whose forwarding state may outlive the speaker; <paramref name="ForwardingPreserved"/>: it has (RFC 4724 section 3, bit F).</summary>
public readonly record struct GracefulRestartFamily(AddressFamily Family, bool ForwardingPreserved)
{
    public override string ToString() => ForwardingPreserved ? $"{Family} forwarding" : Family.ToString();
}

/// <summary>
/// Graceful restart (RFC 4724 section 3) with the N bit of RFC 8538 section 2.
/// <code>
/// +--------------------------------------------------+
/// | Restart Flags (4 bits: R, N, 2 reserved)         |
/// +--------------------------------------------------+
/// | Restart Time in seconds (12 bits)                |
/// +--------------------------------------------------+
/// | Address Family Identifier (16 bits)              |
/// +--------------------------------------------------+
/// | Subsequent Address Family Identifier (8 bits)    |
/// +--------------------------------------------------+
/// | Flags for Address Family (8 bits: F, 7 reserved) |
/// +--------------------------------------------------+
/// | ...                                              |
/// +--------------------------------------------------+
/// </code>
/// </summary>
public sealed record GracefulRestartCapability : Capability
{
    private const int RestartStateFlag = 0x8000, NotificationFlag = 0x4000, MaxRestartTime = 0x0FFF;
    private const byte ForwardingStateFlag = 0x80;

    /// <param name="restarting">Bit R: the speaker has restarted, and its peer must not wait for its End-of-RIB.</param>
    /// <param name="notification">Bit N: graceful restart also after a NOTIFICATION and after the hold timer (RFC 8538).</param>
    /// <param name="restartTime">Seconds until the session is expected again, 0 to 4095.</param>
    public GracefulRestartCapability(bool restarting, bool notification, int restartTime, ValueArray<GracefulRestartFamily> families) : base(CapabilityCode.GracefulRestart)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(restartTime);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(restartTime, MaxRestartTime);
        (Restarting, Notification, RestartTime, Families) = (restarting, notification, restartTime, families);
    }

    public bool Restarting { get; }

    public bool Notification { get; }

    public int RestartTime { get; }

    public ValueArray<GracefulRestartFamily> Families { get; }

    internal static GracefulRestartCapability? Read(ref WireReader value)
    {
        if (!value.TryReadUInt16(out ushort head)) return null;
        List<GracefulRestartFamily> families = new(value.Remaining / 4);
        while (!value.IsEmpty)
        {
            if (!AddressFamily.TryRead(ref value, out AddressFamily family) || !value.TryReadByte(out byte flags)) return null;
            families.Add(new(family, (flags & ForwardingStateFlag) != 0));
        }
        return new((head & RestartStateFlag) != 0, (head & NotificationFlag) != 0, head & MaxRestartTime, [.. families]);
    }

    private protected override void WriteValue(ref WireWriter writer)
    {
        writer.WriteUInt16((Restarting ? RestartStateFlag : 0) | (Notification ? NotificationFlag : 0) | RestartTime);
        foreach (GracefulRestartFamily family in Families)
        {
            family.Family.Write(ref writer);
            writer.WriteByte(family.ForwardingPreserved ? ForwardingStateFlag : 0);
        }
    }

    public override string ToString() => $"graceful-restart{(Restarting ? " restarting" : "")}{(Notification ? " notification" : "")} {RestartTime}s {Families}";
}
