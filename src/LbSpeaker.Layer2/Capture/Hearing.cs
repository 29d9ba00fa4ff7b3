using LbSpeaker.Layer2.Answering;

namespace LbSpeaker.Layer2.Capture;

/// <summary>A sighting, and the name of the interface that it was made on.</summary>
internal readonly record struct Heard(Sighting Sighting, string Interface);

/// <summary>
/// What the capture thread heard and the announcer's loop has not taken yet. The same thing heard again is one, and there is room for so many only: a flood of
/// conflicting frames fills no memory, wakes the loop once for all that waits, and costs the answers a look through a short list. What finds no room is heard again
/// if it goes on.
/// </summary>
/// <param name="heard">Called when something waits where nothing did.</param>
internal sealed class Hearing(Action heard)
{
    public const int Room = 128;

    private readonly Lock gate = new();
    private readonly Heard[] waiting = new Heard[Room];
    private int count;

    public bool HasSome => Volatile.Read(ref count) > 0;

    /// <summary>Allocates nothing. By the capture thread.</summary>
    public void Add(Sighting sighting, string interfaceName)
    {
        Heard added = new(sighting, interfaceName);
        lock (gate)
        {
            if (count == Room || waiting.AsSpan(0, count).Contains(added)) return;
            waiting[count++] = added;
            if (count > 1) return;
        }
        heard();
    }

    /// <summary>All that waits, in order.</summary>
    public Heard[] Take()
    {
        lock (gate)
        {
            Heard[] taken = waiting[..count];
            count = 0;
            return taken;
        }
    }
}
