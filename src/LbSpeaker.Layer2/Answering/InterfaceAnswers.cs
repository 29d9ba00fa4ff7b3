using System.Collections.Frozen;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Layer2.Answering;

/// <summary>What one interface answers for: immutable, read by the capture thread through one reference.</summary>
/// <param name="Here">Addresses answered on this interface.</param>
/// <param name="Elsewhere">Addresses answered by this node on other interfaces only.</param>
public sealed record InterfaceAnswers(MacAddress Mac, FrozenSet<IpAddress> Here, FrozenSet<IpAddress> Elsewhere)
{
    public static InterfaceAnswers Nothing(MacAddress mac) => new(mac, FrozenSet<IpAddress>.Empty, FrozenSet<IpAddress>.Empty);

    internal IgnoreReason? Against(IpAddress target) =>
        Here.Contains(target) ? null : Elsewhere.Contains(target) ? IgnoreReason.NotOnThisInterface : IgnoreReason.NotAnnounced;
}

/// <summary>The decision over one frame: a reply of so many octets for an address, or a reason against.</summary>
public readonly record struct AnswerDecision(int ReplyLength, IpAddress Address, IgnoreReason Reason)
{
    public bool IsReply => ReplyLength > 0;

    internal static AnswerDecision Reply(int length, IpAddress address) => new(length, address, default);

    internal static AnswerDecision Ignore(IgnoreReason reason) => new(0, default, reason);
}
