using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Reports;

/// <summary>
/// The last packets that were seen and sent, kept always and in bounded memory: of each protocol and direction the last <see cref="RoomOf"/>, so that what is sent often
/// does not wash out what comes seldom. Adding allocates nothing.
/// </summary>
/// <remarks>Any thread may do either. A reader holds up the writers of one protocol and direction, for the copying of one record at a time.</remarks>
public sealed class TraceBuffer
{
    private const int Room = 1024, MostOctets = 128, MessageRoom = 256, MostMessageOctets = 4160;

    private readonly Ring[] rings = [.. Enum.GetValues<TraceKind>().SelectMany(k => (Ring[])[new(RoomOf(k), MostOctetsOf(k)), new(RoomOf(k), MostOctetsOf(k))])];
    private long last;

    /// <summary>Records of one protocol and direction.</summary>
    public static int RoomOf(TraceKind kind) => kind == TraceKind.Bgp ? MessageRoom : Room;

    /// <summary>Octets that are kept of each: more than an ARP frame, a Neighbor Solicitation, a BFD packet or a BGP message has.</summary>
    public static int MostOctetsOf(TraceKind kind) => kind == TraceKind.Bgp ? MostMessageOctets : MostOctets;

    /// <param name="place">The interface; where none is known, the protocol.</param>
    /// <param name="reason">Empty where the outcome says all; else a word of the closed set that the outcome names.</param>
    /// <param name="octets">As on the wire; what is beyond <see cref="MostOctetsOf"/> is cut off.</param>
    /// <param name="context">An immutable value that the octets need to be read.</param>
    public void Add(TraceKind kind, TraceDirection direction, DateTimeOffset at, string place, TraceOutcome outcome, string reason, ReadOnlySpan<byte> octets, object? context = null)
    {
        Ring ring = Of(kind, direction);
        lock (ring.Gate)
        {
            int slot = (int)(ring.Written++ % ring.Room);
            ring.Entries[slot] = new(Interlocked.Increment(ref last), at.UtcTicks, place, outcome, reason, octets.Length, context);
            octets[..Math.Min(octets.Length, ring.MostOctets)].CopyTo(ring.Octets.AsSpan(slot * ring.MostOctets));
        }
    }

    /// <param name="after">Only what is younger than the record with this number; 0 for all. A number that was never given, as of a process that ended, counts as 0.</param>
    /// <returns>What is there, in order, and the number to go on with: nothing is read twice or, while it is there, passed over.</returns>
    public (IReadOnlyList<TraceRecord> Records, long Last) Read(long after)
    {
        // Whoever has a number up to this one holds the lock of its ring, or has written.
        long end = Interlocked.Read(ref last);
        if (after > end) after = 0;
        List<TraceRecord> found = [];
        foreach (TraceKind kind in Enum.GetValues<TraceKind>())
            foreach (TraceDirection direction in Enum.GetValues<TraceDirection>()) ReadInto(found, kind, direction, after, end);
        found.Sort((a, b) => a.Number.CompareTo(b.Number));
        return (found, end);
    }

    private void ReadInto(List<TraceRecord> found, TraceKind kind, TraceDirection direction, long after, long end)
    {
        Ring ring = Of(kind, direction);
        for (long next = 0; ; next++)
            lock (ring.Gate)
            {
                next = Math.Max(next, ring.Written - ring.Room);
                if (next >= ring.Written) return;
                int slot = (int)(next % ring.Room);
                Entry entry = ring.Entries[slot];
                if (entry.Number > end) return;
                if (entry.Number <= after) continue;
                byte[] octets = ring.Octets.AsSpan(slot * ring.MostOctets, Math.Min(entry.Length, ring.MostOctets)).ToArray();
                found.Add(new(entry.Number, new(entry.Ticks, TimeSpan.Zero), kind, direction, entry.Place, entry.Outcome, entry.Reason, entry.Length, octets.ToValueArray(), entry.Context));
            }
    }

    private Ring Of(TraceKind kind, TraceDirection direction) => rings[(int)kind * 2 + (int)direction];

    private readonly record struct Entry(long Number, long Ticks, string Place, TraceOutcome Outcome, string Reason, int Length, object? Context);

    private sealed class Ring(int room, int mostOctets)
    {
        /// <summary>Of each its own: whoever answers on the wire waits for nobody who speaks another protocol.</summary>
        public readonly Lock Gate = new();
        public readonly int Room = room, MostOctets = mostOctets;
        public readonly Entry[] Entries = new Entry[room];
        public readonly byte[] Octets = new byte[room * mostOctets];
        public long Written;
    }
}
