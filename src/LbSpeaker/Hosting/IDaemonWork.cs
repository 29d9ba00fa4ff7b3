namespace LbSpeaker.Hosting;

/// <summary>What a daemon does, apart from the process around it.</summary>
internal interface IDaemonWork
{
    /// <summary>Null when ready, else why not: what /readyz answers.</summary>
    string? NotReady { get; }

    /// <summary>Works until cancelled, then takes its leave and returns. A failure is thrown.</summary>
    Task RunAsync(CancellationToken stopping);
}
