using System.Threading.Channels;
using LbSpeaker.Core.Reports;
using LbSpeaker.Kubernetes.Client;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>
/// Writes events (core/v1, whose source.component is what people and tools filter by). Never on anyone's way: <see cref="Write"/> puts into a
/// bounded queue and returns; an event that finds the queue full, or the server unwilling for too long, is dropped and counted.
/// </summary>
/// <param name="component">metallb-controller or metallb-speaker: the names that MetalLB's users look for.</param>
/// <param name="instance">The Pod or node that speaks.</param>
public sealed class EventWriter(KubernetesApi api, string component, string instance, KubernetesMetrics metrics, ILogger<EventWriter> log)
{
    /// <summary>All Services of a large cluster, which have news together when a controller first sees them.</summary>
    private const int QueueLength = 16384;

    /// <summary>An event that the server fails on so many times is worth no more. While it does not answer at all, events wait as far as the queue goes.</summary>
    private const int Attempts = 4;

    /// <summary>The longest message that the API accepts is 1024 bytes.</summary>
    private const int LongestMessage = 1000;

    private readonly Channel<(EventSubject Subject, EventReport Report)> queue =
        Channel.CreateBounded<(EventSubject, EventReport)>(new BoundedChannelOptions(QueueLength) { SingleReader = true });
    private readonly EventHistory history = new(api.Time);
    private readonly EventNames names = new(component, instance, api.Time);

    public void Write(EventSubject subject, EventReport report)
    {
        if (!queue.Writer.TryWrite((subject, report))) metrics.CountDroppedEvent();
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        await foreach ((EventSubject subject, EventReport report) in queue.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            EventHistory.Words words = new(subject.Uid.Length > 0 ? subject.Uid : $"{subject.Kind} {subject.Key}", report.Reason, report.Message);
            if (history.Next(words, () => names.Next(subject.Key)) is not { } entry) continue;
            ApiResult result = await SendAsync(subject, report, entry, cancellation).ConfigureAwait(false);
            if (entry.Count > 1 && result.Outcome == ApiOutcome.NotFound)
                result = await SendAsync(subject, report, history.Begin(words, names.Next(subject.Key)), cancellation).ConfigureAwait(false);
            // A namespace that is going away takes no new events; nobody is left to read them.
            if (result.IsOk || result.StatusCode is 403 or 404) continue;
            metrics.CountDroppedEvent();
            log.EventGivenUp(report.Reason.Text(), subject.Key.ToString(), result.ToString());
        }
    }

    private async Task<ApiResult> SendAsync(EventSubject subject, EventReport report, EventHistory.Entry entry, CancellationToken cancellation)
    {
        Backoff backoff = new();
        bool mayBeThere = false;
        string collection = $"api/v1/namespaces/{subject.Key.Namespace}/events";
        for (int attempt = 1; ;)
        {
            ApiResult result = entry.Count == 1
                ? await api.PostAsync(collection, NewEvent(subject, report, entry), cancellation).ConfigureAwait(false)
                : await api.PatchAsync($"{collection}/{entry.Name}", PatchType.Merge, Recount(entry), cancellation).ConfigureAwait(false);
            // The name is nobody else's: it is taken by the attempt whose answer was lost.
            if (mayBeThere && entry.Count == 1 && result.Outcome == ApiOutcome.Conflict) return result with { Outcome = ApiOutcome.Ok };
            mayBeThere |= result.Outcome == ApiOutcome.Unreachable;
            bool mayGoThrough = result.IsTransient || result.Outcome == ApiOutcome.Conflict;
            if (!result.IsServerWide && (!mayGoThrough || attempt++ == Attempts)) return result;
            TimeSpan delay = backoff.Next(result.RetryAfter);
            log.WriteFailed($"event {report.Reason} of {subject.Key}", delay, result.ToString());
            await Task.Delay(delay, api.Time, cancellation).ConfigureAwait(false);
        }
    }

    private static byte[] Recount(EventHistory.Entry entry) => JsonBody.Of(json =>
    {
        json.WriteNumber("count", entry.Count);
        json.WriteString("lastTimestamp", JsonBody.Time(entry.Last));
    });

    private byte[] NewEvent(EventSubject subject, EventReport report, EventHistory.Entry entry) => JsonBody.Of(json =>
    {
        json.WriteString("apiVersion", "v1");
        json.WriteString("kind", "Event");
        json.WriteStartObject("metadata");
        json.WriteString("name", entry.Name);
        json.WriteString("namespace", subject.Key.Namespace);
        json.WriteEndObject();
        json.WriteStartObject("involvedObject");
        json.WriteString("apiVersion", subject.ApiVersion);
        json.WriteString("kind", subject.Kind);
        json.WriteString("namespace", subject.Key.Namespace);
        json.WriteString("name", subject.Key.Name);
        if (subject.Uid.Length > 0) json.WriteString("uid", subject.Uid);
        json.WriteEndObject();
        json.WriteString("type", report.IsWarning ? "Warning" : "Normal");
        json.WriteString("reason", report.Reason.Text());
        json.WriteString("message", report.Message.Length <= LongestMessage ? report.Message : report.Message[..(LongestMessage - 1)] + "…");
        json.WriteStartObject("source");
        json.WriteString("component", component);
        json.WriteString("host", instance);
        json.WriteEndObject();
        json.WriteString("reportingComponent", component);
        json.WriteString("reportingInstance", instance);
        json.WriteString("firstTimestamp", JsonBody.Time(entry.First));
        json.WriteString("lastTimestamp", JsonBody.Time(entry.Last));
        json.WriteNumber("count", 1);
    });
}
