using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace LbSpeaker.Kubernetes.Client;

/// <summary>
/// By what an API server is known: its certificate comes from the cluster's authority and carries the name that was asked for. The package's own check takes
/// every certificate of that authority, whatever name it carries; in most clusters each kubelet has one.
/// </summary>
internal static class ServerTrust
{
    /// <param name="authorities">Roots or intermediates; null for those of the system.</param>
    public static SslClientAuthenticationOptions By(X509Certificate2Collection? authorities)
    {
        SslClientAuthenticationOptions tls = new();
        if (authorities is not null)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            };
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }
        tls.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => Accept(certificate, chain, errors, authorities ?? []);
        return tls;
    }

    /// <summary>As the user asked by insecure-skip-tls-verify.</summary>
    public static SslClientAuthenticationOptions Blind() => new()
    {
#pragma warning disable CA5359 // The kubeconfig says so.
        RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
    };

    private static bool Accept(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, X509Certificate2Collection authorities)
    {
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            throw new AuthenticationException($"the server's certificate ({certificate?.Subject}) does not carry the name that it was asked by; the URL of the server is wrong, or tls-server-name is missing");
        if (errors == SslPolicyErrors.None || chain is not null && EndsIn(authorities, chain)) return true;
        string why = chain is null ? errors.ToString() : string.Join(", ", chain.ChainStatus.Select(s => s.Status));
        throw new AuthenticationException($"the server's certificate ({certificate?.Subject}) is not trusted: {why}; the certificate authority is another cluster's, or has changed");
    }

    /// <summary>An intermediate can be all that a cluster calls its authority; that nothing stands above it is then no fault.</summary>
    private static bool EndsIn(X509Certificate2Collection authorities, X509Chain chain) =>
        chain.ChainStatus.All(s => s.Status == X509ChainStatusFlags.PartialChain) && chain.ChainElements.Count > 1 && authorities.Contains(chain.ChainElements[^1].Certificate);
}
