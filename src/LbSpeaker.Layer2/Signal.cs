namespace LbSpeaker.Layer2;

/// <summary>Wakes the one thread that waits for it. Set any number of times before, it wakes once: what woke is read from elsewhere, and nothing piles up.</summary>
internal sealed class Signal
{
    private readonly object gate = new();
    private bool isSet;

    public void Set()
    {
        lock (gate)
        {
            isSet = true;
            Monitor.Pulse(gate);
        }
    }

    public void Wait()
    {
        lock (gate)
        {
            while (!isSet) Monitor.Wait(gate);
            isSet = false;
        }
    }
}
