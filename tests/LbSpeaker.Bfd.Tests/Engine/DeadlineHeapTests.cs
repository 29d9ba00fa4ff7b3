using CsCheck;
using LbSpeaker.Bfd.Engine;

namespace LbSpeaker.Bfd.Tests.Engine;

public sealed class DeadlineHeapTests
{
    [Fact]
    public void The_earliest_is_first_whatever_was_moved_and_removed() => Gen.Select(Gen.Int[0, 19], Gen.Int[-5, 50]).Array[0, 200].Sample(moves =>
    {
        LiveSession[] sessions = [.. Enumerable.Range(0, 20).Select(_ => new LiveSession(TableRig.Key("192.0.2.2"), new BfdSettings()))];
        Dictionary<LiveSession, TimeSpan> model = [];
        DeadlineHeap heap = new();
        foreach ((int which, int due) in moves)
        {
            LiveSession session = sessions[which];
            if (due < 0)
            {
                heap.Remove(session);
                model.Remove(session);
            }
            else
            {
                heap.Set(session, TimeSpan.FromSeconds(due));
                model[session] = TimeSpan.FromSeconds(due);
            }
            TimeSpan expected = model.Count == 0 ? TimeSpan.MaxValue : model.Values.Min();
            if (heap.NextDue != expected || model.Count > 0 && model[heap.First] != expected) return false;
        }
        return true;
    });
}
