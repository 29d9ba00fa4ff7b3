using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;

namespace LbSpeaker.Simulation.Tests.Virtual;

/// <summary>Who lives, told when it differs: the part of a feed that stands between the Leases and the loop.</summary>
internal sealed class LeaseFeed(SpeakerLiveness liveness, Action<ClusterChange.SpeakersChanged> tell, Action listed)
{
    private ClusterChange.SpeakersChanged? told;
    private bool isListed;

    public void Take(ClusterChange change)
    {
        switch (change)
        {
            case ClusterChange.Upserted { Record: SpeakerLeaseRecord lease }: liveness.Observe(lease); break;
            case ClusterChange.Removed removed: liveness.Remove(removed.Key.Name); break;
            case ClusterChange.PulsesHeard heard: liveness.Hear(heard.Pulses); break;
        }
        if (isListed) Tell();
    }

    public void List()
    {
        isListed = true;
        Tell();
        listed();
    }

    private void Tell()
    {
        ClusterChange.SpeakersChanged found = new(liveness.Live(), liveness.Known) { IsCutOff = liveness.IsCutOff };
        if (found.SaysTheSame(told)) return;
        told = found;
        tell(found);
    }
}
