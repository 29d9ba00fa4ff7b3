using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Config;

namespace LbSpeaker.Controller;

/// <summary>
/// Moves that happen by themselves, where an advertisement wants them to: one at a time, and no more until the speakers have had the time to make it.
/// </summary>
internal sealed class Rebalancing
{
    /// <summary>Between one move and the next.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    /// <summary>When <see cref="Next"/> has something to give again; null where nothing moves by itself.</summary>
    public DateTimeOffset? NextDue { get; private set; }

    /// <param name="announcer">Has planned with this configuration.</param>
    /// <returns>The move that is to be made now; null for none.</returns>
    public OwnershipMove? Next(CompiledConfig config, AnnouncementPlanner announcer, DateTimeOffset now)
    {
        if (!config.L2Advertisements.Any(a => a.Rebalances))
        {
            NextDue = null;
            return null;
        }
        if (now < (NextDue ??= now + Interval)) return null;
        NextDue = now + Interval;
        return announcer.Rebalance(static a => a.Rebalances) is [var first, ..] ? first : null;
    }
}
