namespace LbSpeaker.Kubernetes.Watching;

/// <summary>When the API server last said something of a kind in one place. Written by its reflector, read by whoever wants to know.</summary>
/// <param name="end">Called when it is watched no more.</param>
internal sealed class LastWord(string kind, TimeProvider time, Action<LastWord> end) : IDisposable
{
    private long heard = time.GetTimestamp();

    public string Kind => kind;

    /// <summary>Counted from the start where nothing was heard yet.</summary>
    public TimeSpan Silence => time.GetElapsedTime(Volatile.Read(ref heard));

    public void Hear() => Volatile.Write(ref heard, time.GetTimestamp());

    public void Dispose() => end(this);
}
