using LbSpeaker.Core.Net;

namespace LbSpeaker.Linux.Links;

/// <summary>One network interface as the kernel has it at a moment (rtnetlink(7)).</summary>
/// <param name="Mac">Null where the link has no 48-bit address.</param>
/// <param name="LinkLocal">An IPv6 link-local address that is past duplicate address detection; null where there is none.</param>
public sealed record LinkState(
    int Index,
    string Name,
    MacAddress? Mac,
    bool IsUp,
    bool HasMaster,
    bool NoArp,
    bool IsBroadcast,
    bool IsLoopback,
    IpAddress? LinkLocal);
