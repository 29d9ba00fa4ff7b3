using LbSpeaker.Core.Net;

namespace LbSpeaker.Tests.Lab;

/// <summary>
/// Samples at each tick of the clock what every speaker answers for. That two answer while the news of a change has reached the one and not yet the
/// other cannot be helped by anybody; how long it lasts at most is what counts.
/// </summary>
internal sealed class OwnershipOracle
{
    private readonly LabCluster lab;
    private readonly LabSpeaker[] speakers;
    private readonly Dictionary<IpAddress, DateTimeOffset> overlaps = [];

    public OwnershipOracle(LabCluster lab, params LabSpeaker[] speakers)
    {
        (this.lab, this.speakers) = (lab, speakers);
        lab.Clock.Ticked += Sample;
    }

    public int Samples { get; private set; }

    public TimeSpan LongestOverlap { get; private set; }

    public IpAddress Worst { get; private set; }

    private void Sample()
    {
        Samples++;
        DateTimeOffset now = lab.Clock.GetUtcNow();
        HashSet<IpAddress> doubled = [.. speakers.SelectMany(s => s.Announcer.Answers.Addresses.Keys).GroupBy(a => a).Where(g => g.Count() > 1).Select(g => g.Key)];
        foreach (IpAddress over in overlaps.Keys.Where(a => !doubled.Contains(a)).ToList()) overlaps.Remove(over);
        foreach (IpAddress address in doubled)
        {
            if (overlaps.TryAdd(address, now)) continue;
            if (now - overlaps[address] <= LongestOverlap) continue;
            LongestOverlap = now - overlaps[address];
            Worst = address;
        }
    }
}
