namespace LbSpeaker.Bfd.Engine;

/// <summary>The sessions by their earliest timer: each stands in it once and is moved, so that packets leave nothing behind in it.</summary>
internal sealed class DeadlineHeap
{
    private readonly List<LiveSession> heap = [];

    public TimeSpan NextDue => heap.Count == 0 ? TimeSpan.MaxValue : heap[0].Due;

    /// <summary>The session whose timer is the earliest.</summary>
    public LiveSession First => heap[0];

    /// <summary>Puts the session where it belongs by its new due time.</summary>
    public void Set(LiveSession session, TimeSpan due)
    {
        if (session.HeapIndex < 0)
        {
            session.HeapIndex = heap.Count;
            heap.Add(session);
        }
        else if (due == session.Due) return;
        session.Due = due;
        Rise(session);
        Sink(session);
    }

    public void Remove(LiveSession session)
    {
        int hole = session.HeapIndex;
        if (hole < 0) return;
        LiveSession last = heap[^1];
        heap.RemoveAt(heap.Count - 1);
        session.HeapIndex = -1;
        if (last == session) return;
        Place(last, hole);
        Rise(last);
        Sink(last);
    }

    private void Rise(LiveSession session)
    {
        int at = session.HeapIndex;
        for (int parent = (at - 1) / 2; at > 0 && heap[parent].Due > session.Due; at = parent, parent = (at - 1) / 2) Place(heap[parent], at);
        Place(session, at);
    }

    private void Sink(LiveSession session)
    {
        int at = session.HeapIndex;
        while (true)
        {
            int child = 2 * at + 1;
            if (child >= heap.Count) break;
            if (child + 1 < heap.Count && heap[child + 1].Due < heap[child].Due) child++;
            if (heap[child].Due >= session.Due) break;
            Place(heap[child], at);
            at = child;
        }
        Place(session, at);
    }

    private void Place(LiveSession session, int at)
    {
        heap[at] = session;
        session.HeapIndex = at;
    }
}
