using Xunit;

namespace LbSpeaker.Testing.Network;

/// <summary>A test that makes network namespaces. Where the machine does not let it, or lacks a command that it needs, it is skipped and says why.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NetworkFactAttribute : FactAttribute
{
    public NetworkFactAttribute(params string[] commands) => Skip = Network.WhyNot(commands);
}

/// <summary>The same for a table of cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NetworkTheoryAttribute : TheoryAttribute
{
    public NetworkTheoryAttribute(params string[] commands) => Skip = Network.WhyNot(commands);
}

internal static class Network
{
    private static readonly Lazy<string?> Namespaces = new(() =>
    {
        if (!Command.Exists("ip")) return "the command ip is missing (package iproute2)";
        string probe = $"lbst-{Environment.ProcessId}-probe";
        (int code, string output) = Command.Try("ip", "netns", "add", probe);
        if (code != 0) return $"no network namespaces: {output.Trim()} (root is needed)";
        Command.Run("ip", "netns", "delete", probe);
        return null;
    });

    public static string? WhyNot(string[] commands) =>
        Namespaces.Value ?? (commands.FirstOrDefault(c => !Command.Exists(c)) is { } missing ? $"the command {missing} is missing" : null);
}
