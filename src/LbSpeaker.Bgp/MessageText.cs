using LbSpeaker.Bgp.Wire;
using LbSpeaker.Bgp.Wire.Attributes;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;

namespace LbSpeaker.Bgp;

/// <summary>What a message that was kept for <c>trace</c> says. For people.</summary>
/// <param name="Addresses">Of the router and of this node.</param>
/// <param name="Routes">That it brings or withdraws.</param>
public sealed record MessageText(string Words, IReadOnlyList<IpAddress> Addresses, IReadOnlyList<IpPrefix> Routes)
{
    /// <summary>An UPDATE may name hundreds of routes.</summary>
    private const int MostCharacters = 500;

    /// <param name="octets">Of a <see cref="PacketEnvelope"/>; any others are without addresses.</param>
    /// <param name="context">The <see cref="CodecOptions"/> that the message was read or written with; null for those before the OPENs.</param>
    public static MessageText Of(ReadOnlySpan<byte> octets, object? context)
    {
        if (!PacketEnvelope.TryRead(octets, out PacketEnvelope envelope)) return new("a packet cut short", [], []);
        Frame frame = Framing.Read(envelope.Payload);
        DecodeResult? read = frame.Status == FrameStatus.Complete ? MessageDecoder.Decode(frame.Message, context as CodecOptions ?? CodecOptions.Default) : default(DecodeResult?);
        string says = read?.Message is { } message ? message.ToString()! : (read?.Error ?? frame.Error) is { } answer ? $"what is answered with {answer}" : "a message cut short";
        if (read is { Findings.IsEmpty: false } faulty) says += $" (faults: {string.Join(", ", faulty.Findings)})";
        // Half of a character is no text: a router's name may hold any.
        if (says.Length > MostCharacters) says = $"{says[..(char.IsHighSurrogate(says[MostCharacters - 1]) ? MostCharacters - 1 : MostCharacters)]}…";
        return new($"BGP from {envelope.Source} to {envelope.Destination}: {says}", [envelope.Source, envelope.Destination], [.. read?.Message is UpdateMessage update ? RoutesOf(update) : []]);
    }

    private static IEnumerable<IpPrefix> RoutesOf(UpdateMessage update) =>
        [.. update.Withdrawn, .. update.Nlri, .. update.Find<MpReachAttribute>()?.Prefixes ?? [], .. update.Find<MpUnreachAttribute>()?.Prefixes ?? []];
}
