using System.Collections.Frozen;
using System.Security.Cryptography;
using LbSpeaker.Bfd.Engine;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Linux;
using LbSpeaker.Linux.Timing;

namespace LbSpeaker.Bfd;

/// <summary>
/// Runs BFD sessions for whoever wants to know at once when a path fails. One thread owns sockets, sessions and timers; it waits in the kernel for the earliest deadline or
/// packet, so that no busy thread pool can make it late.
/// </summary>
public sealed class BfdEngine : IBfdEngine, IDisposable
{
    private readonly ReadySet ready = new();
    private readonly DeadlineTimer timer = new();
    private readonly SocketWire wire;
    private readonly SessionTable table;
    private readonly BfdMetrics metrics;
    private readonly DesiredSessions desired = new();
    private readonly TaskCompletionSource completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile LiveSession[] sessions = [];
    private CancellationTokenRegistration cancellation;
    private volatile bool stopping;

    /// <param name="wallClock">For the times in reports alone; what BFD waits for is the kernel's monotonic clock.</param>
    /// <param name="trace">Where packets that say something new are kept; null for nowhere.</param>
    public BfdEngine(TimeProvider wallClock, TraceBuffer? trace = null)
    {
        ready.Insert(timer.Descriptor);
        wire = new SocketWire(ready, () => BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4)));
        metrics = new BfdMetrics(() => Report, () => wire.Dropped);
        Random jitter = new();
        table = new SessionTable(wire, wallClock, jitter.NextDouble, () => BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4)), metrics.Discarded, Tell, trace is null ? null : new(trace, wallClock));
        wire.Table = table;
    }

    /// <inheritdoc/>
    public BfdReport Report => BfdReport.Of(sessions.Select(s => s.Report));

    /// <summary>The thread runs before all that is not real-time; it takes the capability SYS_NICE. Without it a node that is short of processors may make packets late.</summary>
    public bool IsRealTime { get; private set; }

    /// <inheritdoc/>
    public event Action<BfdSessionReport>? StateChanged;

    /// <inheritdoc/>
    public void SetDesired(string owner, ValueArray<BfdWish> wanted)
    {
        if (desired.Set(owner, wanted)) ready.Wake();
    }

    /// <inheritdoc/>
    public Task RunAsync(CancellationToken ct)
    {
        cancellation = ct.Register(() =>
        {
            stopping = true;
            ready.Wake();
        });
        new Thread(Run) { Name = "bfd", IsBackground = true }.Start();
        return completion.Task;
    }

    /// <summary>To be called after <see cref="RunAsync"/> has ended.</summary>
    public void Dispose()
    {
        cancellation.Dispose();
        metrics.Dispose();
        wire.Dispose();
        timer.Dispose();
        ready.Dispose();
    }

    private void Run()
    {
        int[] descriptors = new int[64];
        try
        {
            // Whoever may, is not kept waiting by a busy node: peers count every packet that is late here.
            IsRealTime = RealTimeThread.TryEnter();
            FrozenDictionary<BfdSessionKey, BfdSettings>? applied = null;
            while (!stopping)
            {
                if (desired.Merged is { } wanted && wanted != applied)
                {
                    applied = wanted;
                    table.Apply(wanted, DeadlineTimer.Now);
                    sessions = [.. table.Sessions.Where(s => !s.IsLeaving)];
                }
                timer.Set(table.NextDue);
                int count = ready.Wait(descriptors);
                // First the clock, then the sockets: whoever is declared dead at this moment has nothing unread that arrived before it.
                TimeSpan now = DeadlineTimer.Now;
                for (int i = 0; i < count; i++) wire.Pump(descriptors[i], now);
                table.Advance(now);
            }
            table.TakeLeave(DeadlineTimer.Now);
            sessions = [];
            completion.SetResult();
        }
        catch (Exception failure)
        {
            completion.SetException(failure);
        }
    }

    private void Tell(LiveSession session) => StateChanged?.Invoke(session.Report);
}
