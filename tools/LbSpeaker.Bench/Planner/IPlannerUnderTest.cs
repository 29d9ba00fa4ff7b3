namespace LbSpeaker.Bench.Planner;

/// <summary>A planner, or a loop round one, that has planned a whole cluster and now follows its changes.</summary>
internal interface IPlannerUnderTest
{
    /// <summary>
    /// What happens to one Service in turn, each with its plan: it changes, goes, comes back, and is at the end what it was before. What the changes are made of is
    /// prepared here, so that the steps have nothing to do but to plan.
    /// </summary>
    Action[] LifeOf(int service);
}
