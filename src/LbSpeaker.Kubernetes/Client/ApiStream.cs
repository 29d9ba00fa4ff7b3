namespace LbSpeaker.Kubernetes.Client;

/// <summary>An answer that is still coming in.</summary>
internal sealed class ApiStream(HttpResponseMessage response, Stream content) : IDisposable
{
    public Stream Content { get; } = content;

    public void Dispose()
    {
        Content.Dispose();
        response.Dispose();
    }
}
