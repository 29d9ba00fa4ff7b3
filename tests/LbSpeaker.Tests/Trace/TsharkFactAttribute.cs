using LbSpeaker.Testing.Network;

namespace LbSpeaker.Tests.Trace;

/// <summary>A test that asks Wireshark's own reader; skipped, with the reason, where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TsharkFactAttribute : FactAttribute
{
    public TsharkFactAttribute() => Skip = Command.Exists("tshark") ? null : "the command tshark is missing (package tshark)";
}
