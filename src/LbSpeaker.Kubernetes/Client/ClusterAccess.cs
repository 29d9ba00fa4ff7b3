using System.Net.Security;
using k8s.Authentication;

namespace LbSpeaker.Kubernetes.Client;

/// <summary>Where an API server is, by what it is known, and how it lets us in.</summary>
/// <param name="ServerName">What the server is called in its certificate, for the handshake and the Host header; null for the host of <paramref name="Server"/>.</param>
/// <param name="Credentials">Null for none, or where the client certificate in <paramref name="Tls"/> is all.</param>
internal sealed record ClusterAccess(Uri Server, string? ServerName, SslClientAuthenticationOptions Tls, ServiceClientCredentials? Credentials)
{
    /// <summary>Where what is named without a namespace is looked for; null where nothing says so.</summary>
    public string? Namespace { get; init; }

    /// <summary>The file that the credentials are a token of; null for others.</summary>
    public string? TokenFile { get; init; }
}
