using LbSpeaker.Testing.Network;

namespace LbSpeaker.Tests.Observability;

/// <summary>A test that asks Prometheus's own tool; skipped, with the reason, where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PromtoolFactAttribute : FactAttribute
{
    public PromtoolFactAttribute() => Skip = Command.Exists("promtool") ? null : "the command promtool is missing (package prometheus)";
}
