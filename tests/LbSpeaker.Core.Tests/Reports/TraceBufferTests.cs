using CsCheck;
using LbSpeaker.Core.Reports;
using LbSpeaker.Testing.Observability;

namespace LbSpeaker.Core.Tests.Reports;

public sealed class TraceBufferTests
{
    /// <summary>Enough for every ring to run over.</summary>
    private const int Most = 6000;

    private static readonly TraceKind[] Kinds = Enum.GetValues<TraceKind>();

    /// <summary>Of each protocol and direction the youngest, in order, whatever was written and wherever reading goes on from.</summary>
    [Fact]
    public void What_is_read_is_the_end_of_what_was_written_in_order() => Gen.Select(
        Gen.Select(Gen.Int[0, Kinds.Length - 1].Select(i => Kinds[i]), Gen.Bool).List[0, Most], Gen.Int[0, Most]).Sample((written, after) =>
        {
            TraceBuffer buffer = new();
            foreach ((TraceKind kind, bool isIn) in written) Add(buffer, kind, isIn ? TraceDirection.In : TraceDirection.Out);
            long from = after > written.Count ? 0 : after;
            (IReadOnlyList<TraceRecord> records, long last) = buffer.Read(after);
            Assert.Equal(written.Count, last);
            Assert.Equal(
                written.Select((w, i) => (w, Number: i + 1L)).GroupBy(w => w.w).SelectMany(g => g.TakeLast(TraceBuffer.RoomOf(g.Key.Item1))).Where(w => w.Number > from).OrderBy(w => w.Number)
                    .Select(w => (w.Number, w.w.Item1, w.w.Item2)),
                records.Select(r => (r.Number, r.Kind, r.Direction == TraceDirection.In)));
        }, iter: 20);

    [Theory]
    [InlineData(TraceKind.Ndp, -1)]
    [InlineData(TraceKind.Ndp, 0)]
    [InlineData(TraceKind.Ndp, 1)]
    [InlineData(TraceKind.Bgp, 0)]
    [InlineData(TraceKind.Bgp, 1)]
    public void A_long_packet_is_cut_and_its_length_told(TraceKind kind, int beyond)
    {
        TraceBuffer buffer = new();
        byte[] octets = [.. Enumerable.Range(0, TraceBuffer.MostOctetsOf(kind) + beyond).Select(i => (byte)i)];
        buffer.Add(kind, TraceDirection.Out, DateTimeOffset.UnixEpoch, "eth0", TraceOutcome.NotSent, "LinkDown", octets, "context");
        Assert.Equal(
            new(1, DateTimeOffset.UnixEpoch, kind, TraceDirection.Out, "eth0", TraceOutcome.NotSent, "LinkDown", octets.Length, [.. octets.Take(TraceBuffer.MostOctetsOf(kind))], "context"),
            Assert.Single(buffer.Read(0).Records));
    }

    [Fact]
    public void Adding_allocates_nothing()
    {
        TraceBuffer buffer = new();
        Add(buffer, TraceKind.Arp, TraceDirection.In);
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < Most; i++) Add(buffer, TraceKind.Arp, TraceDirection.In);
        }));
    }

    /// <summary>Each record is whole, none comes twice, and none of a ring that did not overflow is missed.</summary>
    [Fact]
    public async Task Writers_and_a_reader_at_once_lose_nothing()
    {
        TraceBuffer buffer = new();
        Task[] writers = [.. Kinds.Select(kind => Task.Run(() =>
        {
            for (int i = 0; i < TraceBuffer.RoomOf(kind); i++) Add(buffer, kind, TraceDirection.In, (byte)i);
        }))];
        Task all = Task.WhenAll(writers);
        List<TraceRecord> read = [];
        long last = 0;
        bool done;
        do
        {
            done = all.IsCompleted;
            (IReadOnlyList<TraceRecord> more, last) = buffer.Read(last);
            read.AddRange(more);
        }
        while (!done);
        await all;
        Assert.Equal(Enumerable.Range(1, Kinds.Sum(TraceBuffer.RoomOf)).Select(i => (long)i), read.Select(r => r.Number));
        foreach (TraceKind kind in Kinds)
            Assert.Equal(Enumerable.Range(0, TraceBuffer.RoomOf(kind)).Select(i => (byte)i), read.Where(r => r.Kind == kind).Select(r => r.Octets[0]));
    }

    private static void Add(TraceBuffer buffer, TraceKind kind, TraceDirection direction, byte octet = 0) =>
        buffer.Add(kind, direction, DateTimeOffset.UnixEpoch, "eth0", TraceOutcome.Sent, "", [octet]);
}
