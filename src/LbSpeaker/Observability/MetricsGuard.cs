using System.Security.Cryptography;
using System.Text;
using LbSpeaker.Http;
using LbSpeaker.Kubernetes.Client;

namespace LbSpeaker.Observability;

/// <summary>
/// Lets those read a page whom the API server lets: 401 without a bearer token, 403 with one that is of no use, 503 where the API server does not say. Its word is kept
/// for a short while, so that a scrape costs it nothing; whoever tries many tokens costs it a few questions at a time.
/// </summary>
/// <param name="review">Asks the API server about a token and a path.</param>
internal sealed class MetricsGuard(Func<string, string, CancellationToken, Task<AccessReview>> review, TimeProvider time) : IDisposable
{
    public static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);

    public const int MostRemembered = 256, MostQuestions = 4;

    /// <summary>Shorter than the time that a connection has, so that whoever asks hears why.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();

    /// <summary>By the hash of the token: what is kept of one lets nobody in.</summary>
    private readonly Dictionary<string, (AccessReview Review, long At)> remembered = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim questions = new(MostQuestions);

    /// <returns>Null where the request may be answered, else the refusal.</returns>
    public async ValueTask<HttpAnswer?> RefuseAsync(HttpRequest request, CancellationToken ct)
    {
        const string scheme = "Bearer ";
        if (request.Authorization is not { } given || !given.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) || given.AsSpan(scheme.Length).Trim() is not { Length: > 0 } token)
            return new(401, "a bearer token is needed\n");
        AccessReview found = await ReviewAsync(token.ToString(), request.Path, ct).ConfigureAwait(false);
        return found.Verdict switch
        {
            AccessVerdict.Allowed => null,
            AccessVerdict.Unknown => new(403, "the API server does not know this token\n"),
            AccessVerdict.Forbidden => new(403, $"{Line(found.Detail)} may not get {request.Path}: a ClusterRole with nonResourceURLs allows it\n"),
            AccessVerdict.Undecided => new(503, $"the API server does not say whether this token may: {Line(found.Detail)}\n"),
            _ => throw new InvalidOperationException($"{found.Verdict}"),
        };
    }

    public void Dispose() => questions.Dispose();

    private async Task<AccessReview> ReviewAsync(string token, string path, CancellationToken ct)
    {
        string key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{path} {token}")));
        if (Remembered(key) is { } known) return known;
        using CancellationTokenSource patience = new(Patience, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, ct);
        try
        {
            await questions.WaitAsync(either.Token).ConfigureAwait(false);
            try
            {
                // Another connection may have asked the same meanwhile.
                if (Remembered(key) is { } since) return since;
                AccessReview found = await review(token, path, either.Token).ConfigureAwait(false);
                if (found.Verdict != AccessVerdict.Undecided) Remember(key, found);
                return found;
            }
            finally
            {
                questions.Release();
            }
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            return new(AccessVerdict.Undecided, $"no answer within {Patience.TotalSeconds:0} s");
        }
    }

    private AccessReview? Remembered(string key)
    {
        lock (gate) return remembered.TryGetValue(key, out (AccessReview Review, long At) known) && time.GetElapsedTime(known.At) < Memory ? known.Review : null;
    }

    private void Remember(string key, AccessReview found)
    {
        lock (gate)
        {
            if (remembered.Count >= MostRemembered)
                foreach (string old in remembered.Where(r => time.GetElapsedTime(r.Value.At) >= Memory).Select(r => r.Key).ToList()) remembered.Remove(old);
            // So many different ones in so short a time are no scrapes.
            if (remembered.Count >= MostRemembered) remembered.Clear();
            remembered[key] = (found, time.GetTimestamp());
        }
    }

    private static string Line(string text) => text.ReplaceLineEndings(" ");
}
