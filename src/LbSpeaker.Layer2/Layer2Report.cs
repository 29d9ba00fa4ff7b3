using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Layer2;

/// <summary>One interface as the announcer has it.</summary>
/// <param name="Fault">Why it cannot be used although it is fit; null where all is well.</param>
public sealed record InterfaceReport(string Name, int Index, MacAddress Mac, bool AnswersArp, bool AnswersNdp, string? Fault);

/// <summary>What the announcer does at a moment.</summary>
/// <param name="Interfaces">Sorted by name.</param>
/// <param name="Unreachable">Addresses that are to be answered and for which no interface is there, sorted.</param>
public sealed record Layer2Report(ValueArray<InterfaceReport> Interfaces, ValueArray<IpAddress> Unreachable)
{
    public static Layer2Report Empty { get; } = new([], []);
}

/// <summary>Layer 2 cannot work in this process at all. The message is one line that names the cure.</summary>
public sealed class Layer2StartException(string message) : Exception(message);
