using LbSpeaker.Core.Net;
using LbSpeaker.Kubernetes.Client;

namespace LbSpeaker.Trace;

/// <summary>Asks speakers for their packets, over HTTPS. Their certificates are of their own making and prove nothing: the token that is shown must be good for nothing else.</summary>
internal sealed class TraceClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    private readonly HttpClient http;

    public TraceClient(string token)
    {
        SocketsHttpHandler handler = new() { UseProxy = false, AllowAutoRedirect = false };
#pragma warning disable CA5359 // See the summary.
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        http = new(handler) { Timeout = Patience, MaxResponseContentBufferSize = 16 << 20 };
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
    }

    /// <param name="after">Zero, or what the last answer went up to.</param>
    /// <exception cref="StartException">There is no answer, or a refusal: in one line why.</exception>
    public async Task<(long Last, IReadOnlyList<TracedPacket> Packets)> AskAsync(SpeakerPlace speaker, IpAddress address, long after, CancellationToken ct)
    {
        try
        {
            using HttpResponseMessage answer = await http.GetAsync(new Uri($"https://{speaker.Address}{TracePage.Path}?address={Uri.EscapeDataString(address.ToString())}&after={after}"), ct).ConfigureAwait(false);
            string body = await answer.Content.ReadAsStringAsync(ct).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode) throw new StartException($"{speaker} refuses: {(int)answer.StatusCode} {string.Concat(body.TrimEnd().Where(c => !char.IsControl(c)).Take(300))}");
            return TracedPacket.Read(body) ?? throw new StartException($"{speaker} does not answer as a speaker of this version does");
        }
        catch (HttpRequestException failed)
        {
            throw new StartException($"{speaker} cannot be reached: {(failed.InnerException ?? failed).Message}");
        }
        catch (TaskCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new StartException($"{speaker} cannot be reached: no answer within {Patience.TotalSeconds:0} s");
        }
    }

    public void Dispose() => http.Dispose();
}
