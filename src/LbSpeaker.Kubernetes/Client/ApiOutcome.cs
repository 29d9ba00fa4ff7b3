namespace LbSpeaker.Kubernetes.Client;

/// <summary>How a request ended, as far as what to do next is concerned.</summary>
public enum ApiOutcome
{
    Ok,
    /// <summary>409: the object changed since it was read, or exists already. The watch will tell.</summary>
    Conflict,
    /// <summary>404: no such object, or no such kind.</summary>
    NotFound,
    /// <summary>410: the resourceVersion or continue token is too old.</summary>
    Gone,
    /// <summary>429: later, see <see cref="ApiResult.RetryAfter"/>.</summary>
    TooManyRequests,
    /// <summary>No answer, none in time, a 5xx, or 401: later, since credentials are renewed beside us.</summary>
    Unreachable,
    /// <summary>Any other 4xx: asking again the same way is of no use.</summary>
    Refused,
}

/// <summary>What a request came to.</summary>
/// <param name="StatusCode">0 where there was no answer.</param>
/// <param name="Message">The server's words, or those of the failed connection; empty when all is well.</param>
/// <param name="Body">The answer's JSON, empty unless <see cref="ApiOutcome.Ok"/>.</param>
public sealed record ApiResult(ApiOutcome Outcome, int StatusCode, string Message, TimeSpan? RetryAfter, ReadOnlyMemory<byte> Body)
{
    public bool IsOk => Outcome == ApiOutcome.Ok;

    /// <summary>The same request may go through later.</summary>
    public bool IsTransient => Outcome is ApiOutcome.TooManyRequests or ApiOutcome.Unreachable;

    /// <summary>It says nothing about the object that was asked for: no answer at all, a request for patience, or that the server does not know us.</summary>
    public bool IsServerWide => Outcome == ApiOutcome.TooManyRequests || Outcome == ApiOutcome.Unreachable && StatusCode is 0 or 401;

    /// <summary>What people can do about it, to stand behind <see cref="ToString"/>; empty where the answer says all.</summary>
    public string Advice => StatusCode switch
    {
        401 => "; the credentials have expired or are another cluster's: log in again, or check the kubeconfig (--kubeconfig, KUBECONFIG)",
        403 => "; let whoever asks here do that by a role and its binding, in this namespace or the whole cluster",
        _ => "",
    };

    public override string ToString() => StatusCode == 0 ? Message : $"HTTP {StatusCode}: {Message}";
}
