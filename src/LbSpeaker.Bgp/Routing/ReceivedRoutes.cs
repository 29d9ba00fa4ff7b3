using LbSpeaker.Bgp.Wire;
using LbSpeaker.Bgp.Wire.Attributes;

namespace LbSpeaker.Bgp.Routing;

/// <summary>Counts what a router announces. Nothing of it is kept, and nothing installed: memory does not grow with what a router may think of.</summary>
public sealed class ReceivedRoutes
{
    private long announced, withdrawn;

    /// <summary>Prefixes in UPDATEs, each time that they came.</summary>
    public long Announced => Interlocked.Read(ref announced);

    public long Withdrawn => Interlocked.Read(ref withdrawn);

    internal void Count(UpdateMessage update)
    {
        Interlocked.Add(ref announced, update.Nlri.Count + (update.Find<MpReachAttribute>()?.Prefixes.Count ?? 0));
        Interlocked.Add(ref withdrawn, update.Withdrawn.Count + (update.Find<MpUnreachAttribute>()?.Prefixes.Count ?? 0));
    }
}
