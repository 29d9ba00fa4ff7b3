using System.Collections.Concurrent;
using LbSpeaker.Lab.Api.Storage;

namespace LbSpeaker.Lab.Api;

/// <summary>How a watch is to end.</summary>
public enum WatchDrop
{
    /// <summary>The stream ends after a whole line.</summary>
    Clean,

    /// <summary>Half a line, then the connection is reset.</summary>
    MidLine,
}

/// <summary>Which requests a fault meets. What is null meets all.</summary>
/// <param name="Method">GET, POST, PUT, PATCH or DELETE.</param>
/// <param name="Plural">For example <c>services</c>.</param>
/// <param name="Subresource">For example <c>status</c>; "" means the resource itself.</param>
/// <param name="Watch">Watches only, or everything but watches.</param>
public sealed record RequestMatch(string? Method = null, string? Plural = null, string? Namespace = null, string? Name = null, string? Subresource = null, bool? Watch = null);

/// <summary>What goes wrong on purpose. Thread-safe; everything is off at the start.</summary>
public sealed class Faults
{
    private readonly Lock _lock = new();
    private readonly List<Answer> _answers = [];
    private readonly List<Slow> _slow = [];
    private readonly ConcurrentDictionary<WatchRegistration, bool> _watches = new();
    private readonly Store _store;
    private readonly Connections _connections;
    private readonly TimeProvider _time;
    private long? _staleRevision;
    private DateTimeOffset _outageUntil;

    internal Faults(Store store, Connections connections, TimeProvider time) => (_store, _connections, _time) = (store, connections, time);

    /// <summary>Watches that are open at the moment.</summary>
    public int OpenWatches => _watches.Count;

    /// <summary>Whether connections are being refused.</summary>
    public bool InOutage => _time.GetUtcNow() < _outageUntil;

    /// <summary>Ends the open watches, of one resource or of all; answers how many.</summary>
    public int DropWatches(WatchDrop how = WatchDrop.Clean, string? plural = null)
    {
        var dropped = 0;
        foreach (var watch in _watches.Keys)
        {
            if (plural is not null && watch.Plural != plural) continue;
            watch.Stop(how);
            dropped++;
        }
        return dropped;
    }

    /// <summary>Answers the next matching requests with a status code of the client's error range or above.</summary>
    public void FailNext(int count, int statusCode, RequestMatch? match = null, TimeSpan? retryAfter = null)
    {
        lock (_lock) _answers.Add(new Answer(match ?? new(), statusCode, retryAfter) { Left = count });
    }

    /// <summary>Makes matching requests wait before they are handled; without a count, until <see cref="Clear"/>.</summary>
    public void Delay(TimeSpan delay, RequestMatch? match = null, int count = int.MaxValue)
    {
        lock (_lock) _slow.Add(new Slow(match ?? new(), delay) { Left = count });
    }

    /// <summary>From now on GET and LIST answer the state of this moment (or of the revision), while writes and watches go on.</summary>
    public void BeginStaleReads(long? revision = null) { lock (_lock) _staleRevision = revision ?? _store.Revision; }

    public void EndStaleReads() { lock (_lock) _staleRevision = null; }

    /// <summary>Resets all connections, and every new one until the time is over.</summary>
    public void Outage(TimeSpan duration)
    {
        _outageUntil = _time.GetUtcNow() + duration;
        _connections.AbortAll();
    }

    public void EndOutage() => _outageUntil = default;

    /// <summary>Forgets all history: older watches, continue tokens and exact reads answer 410 Expired.</summary>
    public void Compact() => _store.Compact();

    /// <summary>All faults off.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _answers.Clear();
            _slow.Clear();
            _staleRevision = null;
        }
        EndOutage();
    }

    internal WatchRegistration Register(string plural, HttpContext context)
    {
        var watch = new WatchRegistration(plural, w => _watches.TryRemove(w, out _));
        _watches[watch] = true;
        return watch;
    }

    internal Snapshot? StaleState(ResourceStore resource, Store store)
    {
        long? revision;
        lock (_lock) revision = _staleRevision;
        return revision is { } at ? store.ReadAt(resource, at).State : null;
    }

    /// <summary>Delays or refuses a request.</summary>
    internal async Task MeetAsync(RequestMatch request, CancellationToken ct)
    {
        TimeSpan delay;
        Answer? answer;
        lock (_lock)
        {
            delay = Take(_slow, request)?.Duration ?? TimeSpan.Zero;
            answer = Take(_answers, request);
        }
        if (delay > TimeSpan.Zero) await Task.Delay(delay, _time, ct).ConfigureAwait(false);
        if (answer is not null) throw ApiException.Fault(answer.StatusCode, answer.RetryAfter is { } wait ? (int)Math.Ceiling(wait.TotalSeconds) : null);
    }

    private static T? Take<T>(List<T> rules, RequestMatch request) where T : Rule
    {
        var found = rules.Find(r => r.Meets(request));
        if (found is not null && --found.Left <= 0) rules.Remove(found);
        return found;
    }

    private abstract class Rule(RequestMatch match)
    {
        public int Left { get; set; }

        public bool Meets(RequestMatch request) =>
            (match.Method is null || match.Method == request.Method) && (match.Plural is null || match.Plural == request.Plural)
            && (match.Namespace is null || match.Namespace == request.Namespace) && (match.Name is null || match.Name == request.Name)
            && (match.Subresource is null || match.Subresource == (request.Subresource ?? "")) && (match.Watch is null || match.Watch == request.Watch);
    }

    private sealed class Answer(RequestMatch match, int statusCode, TimeSpan? retryAfter) : Rule(match)
    {
        public int StatusCode => statusCode;
        public TimeSpan? RetryAfter => retryAfter;
    }

    private sealed class Slow(RequestMatch match, TimeSpan duration) : Rule(match)
    {
        public TimeSpan Duration => duration;
    }
}

/// <summary>One open watch, for those who end it.</summary>
internal sealed class WatchRegistration(string plural, Action<WatchRegistration> gone) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    public string Plural => plural;
    public bool MidLine { get; private set; }
    public CancellationToken Stopped => _stop.Token;

    public void Stop(WatchDrop how)
    {
        MidLine = how == WatchDrop.MidLine;
        _stop.Cancel();
    }

    public void Dispose() => gone(this);
}
