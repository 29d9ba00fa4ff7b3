using System.Collections.Frozen;
using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Answering;

namespace LbSpeaker.Layer2.Tests;

/// <summary>The segment that all cases are about: one interface, and what it answers for.</summary>
internal static class Segment
{
    public static readonly MacAddress Own = Mac("02:00:00:00:00:01"), Client = Mac("02:00:00:00:00:c1");
    public static readonly IpAddress IPv4 = IpAddress.Parse("192.0.2.10"), IPv6 = IpAddress.Parse("2001:db8::10");
    public static readonly IpAddress IPv4Elsewhere = IpAddress.Parse("192.0.2.20"), IPv6Elsewhere = IpAddress.Parse("2001:db8::20");

    /// <summary>Listened for, and not answered.</summary>
    public static readonly IpAddress IPv4Watched = IpAddress.Parse("192.0.2.30"), IPv6Watched = IpAddress.Parse("2001:db8::30");

    /// <summary>Answered until another node has it.</summary>
    public static readonly IpAddress IPv4Leaving = IpAddress.Parse("192.0.2.40"), IPv6Leaving = IpAddress.Parse("2001:db8::40");

    /// <summary>Another interface of the node, and another node's speaker.</summary>
    public static readonly MacAddress OwnOther = Mac("02:00:00:00:00:02"), Fellow = Mac("02:00:00:00:00:f1");

    public static InterfaceAnswers Answers { get; } = AnswersFor([IPv4, IPv6, IPv4Leaving, IPv6Leaving], [IPv4Elsewhere, IPv6Elsewhere]) with
    {
        Leaving = [IPv4Leaving, IPv6Leaving],
        Watched = [IPv4Watched, IPv6Watched],
        Hosts = new([Own, OwnOther], [Fellow]),
    };

    public static InterfaceAnswers AnswersFor(IEnumerable<IpAddress> here, IEnumerable<IpAddress> elsewhere) =>
        new(Own, here.ToFrozenDictionary(a => a, a => new AddressCounters(a)), elsewhere.ToFrozenSet());

    public static AnswerDecision Decide(ReadOnlySpan<byte> frame, Span<byte> reply) => Responder.Decide(frame, Answers, reply);

    public static MacAddress Mac(string text) => MacAddress.TryParse(text, out MacAddress mac) ? mac : throw new FormatException(text);

    public static IpAddress Address(string text) => IpAddress.Parse(text);
}
