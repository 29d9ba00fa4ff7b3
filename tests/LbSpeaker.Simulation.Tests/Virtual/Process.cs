namespace LbSpeaker.Simulation.Tests.Virtual;

/// <summary>Something that runs on a node: it can be killed, and made to stand still. What it does it does through <see cref="After"/>, so that it ends and waits with it.</summary>
internal abstract class Process(World world, string node)
{
    private readonly List<Action> stalled = [];

    public string Node => node;

    public bool IsRunning { get; private set; } = true;

    public bool IsFrozen { get; private set; }

    public bool IsActing => IsRunning && !IsFrozen;

    public TimeSpan Now => world.Now;

    protected World World => world;

    /// <summary>Kills it: nothing that it still wanted happens.</summary>
    public virtual void Kill()
    {
        IsRunning = false;
        stalled.Clear();
    }

    public virtual void Freeze() => IsFrozen = true;

    /// <summary>Goes on: what was due meanwhile happens now, in order.</summary>
    public virtual void Thaw()
    {
        if (!IsFrozen) return;
        IsFrozen = false;
        TimeSpan at = TimeSpan.Zero;
        foreach (Action action in stalled) After(at += world.Between(0, 0.2), action);
        stalled.Clear();
    }

    public void After(TimeSpan delay, Action action) => world.At(world.Now + delay, () =>
    {
        if (!IsRunning) return;
        if (IsFrozen) stalled.Add(action); else action();
    });
}
