using System.Net.Http.Headers;
using System.Text;
using k8s.Authentication;

namespace LbSpeaker.Kubernetes.Client;

/// <summary>A token in a file that somebody else keeps fresh, as the kubelet does for a Pod: what stands there counts at the next request. Safe from any thread.</summary>
/// <remarks>The package looks once a minute by the wall clock, and refuses each request while there is no file.</remarks>
public sealed class TokenFile(string path) : ITokenProvider
{
    private volatile string? last;

    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="InvalidDataException">It holds no token, or more than that.</exception>
    public static string Read(string path)
    {
        string token = Encoding.Latin1.GetString(File.ReadAllBytes(path)).Trim();
        return token.Length > 0 && token.All(c => c is > ' ' and < '\x7f') ? token : throw new InvalidDataException($"{path} holds no token");
    }

    public Task<AuthenticationHeaderValue> GetAuthenticationHeaderAsync(CancellationToken cancellationToken)
    {
        try
        {
            last = Read(path);
        }
        catch (Exception unreadable) when (last is not null && unreadable is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            // Gone or half written for a moment: the one before may be good still, and if not the server says so.
        }
        return Task.FromResult(new AuthenticationHeaderValue("Bearer", last));
    }
}
