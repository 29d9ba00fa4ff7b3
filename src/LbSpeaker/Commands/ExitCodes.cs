namespace LbSpeaker.Commands;

/// <summary>How every verb ends. The list in the room's README is the same.</summary>
internal static class ExitCodes
{
    /// <summary>Done, and nothing is wrong.</summary>
    public const int Ok = 0;

    /// <summary>Done or shown, and something is wrong: problems, a Service that lacks something, a finding, a wish that was not fulfilled in time.</summary>
    public const int Wrong = 1;

    /// <summary>Not done: wrong usage, unreadable input, no way to the cluster. One line on standard error says the cure.</summary>
    public const int Failed = 2;

    /// <summary>The change that was planned takes an address away from a Service that holds it, or gives it another one.</summary>
    public const int TakesAddresses = 3;

    public static int Of(bool isWell) => isWell ? Ok : Wrong;
}
