using LbSpeaker.Bfd;
using LbSpeaker.Bfd.Wire;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Tests.Lab;

/// <summary>Stands in for BFD: a path is as a test says.</summary>
internal sealed class FakeBfd : IBfdEngine
{
    private readonly Dictionary<BfdSessionKey, BfdSessionReport> sessions = [];

    public event Action<BfdSessionReport>? StateChanged;

    public ValueArray<BfdWish> Wishes { get; private set; } = [];

    public BfdReport Report => new(sessions.Values.ToValueArray());

    public void SetDesired(string owner, ValueArray<BfdWish> wanted)
    {
        Wishes = wanted;
        foreach (BfdSessionKey gone in sessions.Keys.Where(k => !wanted.AsEnumerable().Any(w => w.Key == k)).ToList()) sessions.Remove(gone);
        foreach (BfdWish wish in wanted) sessions.TryAdd(wish.Key, Session(wish.Key, BfdState.Down, DownReason.NotYetUp));
    }

    public void Say(BfdSessionKey key, BfdState state, DownReason reason = DownReason.None)
    {
        sessions[key] = Session(key, state, reason);
        StateChanged?.Invoke(sessions[key]);
    }

    public Task RunAsync(CancellationToken ct) => Task.Delay(Timeout.InfiniteTimeSpan, ct);

    private static BfdSessionReport Session(BfdSessionKey key, BfdState state, DownReason reason) => new(
        key, state, reason, BfdFault.None, BfdState.Down, default, default, 1, 0, BfdInterval.OneSecond, BfdInterval.OneSecond, TimeSpan.Zero, EchoStanding.Off, DateTimeOffset.UnixEpoch, default);
}
