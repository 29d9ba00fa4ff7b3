using LbSpeaker.Linux;

namespace LbSpeaker.Layer2;

/// <summary>What is counted of one interface, by name, for the life of the process. Any thread may count.</summary>
internal sealed class InterfaceCounters(string name)
{
    private readonly long[] sends = new long[Enum.GetValues<SendOutcome>().Length];
    private long drops, probes;

    public string Name { get; } = name;

    public long Drops => Volatile.Read(ref drops);

    public long Probes => Volatile.Read(ref probes);

    public long Sends(SendOutcome outcome) => Volatile.Read(ref sends[(int)outcome]);

    public void CountFailure(SendOutcome outcome) => Interlocked.Increment(ref sends[(int)outcome]);

    public void CountProbe() => Interlocked.Increment(ref probes);

    public void CountDrops(long frames) => Interlocked.Add(ref drops, frames);
}
