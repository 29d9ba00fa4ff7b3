namespace LbSpeaker.Ui;

/// <summary>What a controller shows: its lead while it has one.</summary>
internal sealed class LeadUi(string identity, TimeProvider time) : IUiSource
{
    private volatile UiObserver? lead;

    public string Name => $"controller {identity}";

    /// <summary>What the loop of a lead is to show everything to.</summary>
    public UiObserver Open() => new(time);

    /// <summary>A lead begins.</summary>
    public void Begin(UiObserver observer) => lead = observer;

    public void End() => lead = null;

    public UiLook Look() => lead switch
    {
        null => new(null, "this replica stands by and knows nothing of the cluster; look at the one that leads (the holder of the Lease of the controllers)"),
        { Facts: null } => new(null, "this replica has begun to lead and has not listed everything yet"),
        { Facts: var facts } => new(facts, ""),
    };
}
