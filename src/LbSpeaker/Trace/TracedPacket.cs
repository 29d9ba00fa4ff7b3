using System.Globalization;
using System.Text.Json;
using LbSpeaker.Core.Reports;

namespace LbSpeaker.Trace;

/// <summary>One packet as a speaker tells of it.</summary>
/// <param name="Line">The JSON that it told, on one line.</param>
/// <param name="Octets">The first of <paramref name="Length"/>.</param>
internal sealed record TracedPacket(
    string Line, DateTimeOffset At, string Node, TraceKind Kind, string Interface, TraceDirection Direction, TraceOutcome Outcome, string Reason, string Words, int Length, byte[] Octets)
{
    /// <summary>What came of it.</summary>
    public string Verdict => Outcome switch
    {
        TraceOutcome.Answered => "answered",
        TraceOutcome.NotAnswered => $"not answered: {Reason}",
        TraceOutcome.Heard => $"heard: {Reason}",
        TraceOutcome.Sent => "sent",
        TraceOutcome.NotSent => $"not sent: {Reason}",
        TraceOutcome.Taken => Reason.Length > 0 ? $"taken: {Reason}" : "taken",
        TraceOutcome.Discarded => $"discarded: {Reason}",
        _ => throw new InvalidOperationException($"no words for {Outcome}"),
    };

    /// <summary>The line for people; times are UTC.</summary>
    public override string ToString() =>
        $"{At.UtcDateTime.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)} {Node} {Interface} {(Direction == TraceDirection.In ? '<' : '>')} {Words}  {Verdict}";

    /// <summary>Reads an answer of <see cref="TracePage"/>.</summary>
    /// <returns>Null where it is none.</returns>
    public static (long Last, IReadOnlyList<TracedPacket> Packets)? Read(string answer)
    {
        try
        {
            string[] lines = answer.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            using JsonDocument head = JsonDocument.Parse(lines.FirstOrDefault() ?? "");
            return (head.RootElement.GetProperty("last").GetInt64(), [.. lines.Skip(1).Select(Packet)]);
        }
        catch (Exception wrong) when (wrong is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            // Whoever listens there is no speaker, or one of another version.
            return null;
        }
    }

    private static TracedPacket Packet(string line)
    {
        using JsonDocument json = JsonDocument.Parse(line);
        JsonElement packet = json.RootElement;
        return new(
            line, packet.GetProperty("at").GetDateTimeOffset(), Text("node"), Enum.Parse<TraceKind>(Text("kind")), Text("interface"), Enum.Parse<TraceDirection>(Text("direction")), Enum.Parse<TraceOutcome>(Text("outcome")), Text("reason"), Text("text"),
            packet.GetProperty("length").GetInt32(), Convert.FromHexString(Text("octets")));

        // What is printed on a terminal must not steer it.
        string Text(string name) => packet.GetProperty(name).GetString() is { } text && !text.Any(char.IsControl) ? text : throw new FormatException(name);
    }
}
