using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
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
        if (authorities is not null) tls.CertificateChainPolicy = PolicyOf(authorities);
        tls.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => Accept(certificate, chain, errors, authorities ?? []);
        return tls;
    }

    /// <summary>By what the file holds at each handshake: the kubelet changes an authority under a Pod that runs, and there is no other sign of it.</summary>
    /// <exception cref="IOException">The file cannot be read now.</exception>
    /// <exception cref="InvalidDataException">It holds no certificate now.</exception>
    public static SslClientAuthenticationOptions ByFile(string path)
    {
        Bundle known = Bundle.Of(File.ReadAllText(path)) ?? throw new InvalidDataException($"{path} holds no certificate in PEM");
        // The platform's own look, whose verdict does not count, fetches nothing from the network by this.
        SslClientAuthenticationOptions tls = new() { CertificateChainPolicy = PolicyOf(known.Authorities) };
        tls.RemoteCertificateValidationCallback = (_, certificate, sent, errors) =>
        {
            known = Changed(known, path);
            if (certificate is null) return Accept(certificate, sent, errors, known.Authorities);
            using X509Chain chain = new() { ChainPolicy = PolicyOf(known.Authorities) };
            if (sent is not null) chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
            using X509Certificate2 leaf = new(certificate);
            errors &= ~SslPolicyErrors.RemoteCertificateChainErrors;
            return Accept(certificate, chain, chain.Build(leaf) ? errors : errors | SslPolicyErrors.RemoteCertificateChainErrors, known.Authorities);
        };
        return tls;
    }

    /// <summary>A file that is gone or broken for a moment changes nothing.</summary>
    private static Bundle Changed(Bundle known, string path)
    {
        try
        {
            string text = File.ReadAllText(path);
            return text == known.Text ? known : Bundle.Of(text) ?? known;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return known;
        }
    }

    private sealed record Bundle(string Text, X509Certificate2Collection Authorities)
    {
        /// <returns>Null where there is no certificate in it.</returns>
        public static Bundle? Of(string text)
        {
            X509Certificate2Collection authorities = [];
            try
            {
                authorities.ImportFromPem(text);
            }
            catch (CryptographicException)
            {
                return null;
            }
            return authorities.Count > 0 ? new(text, authorities) : null;
        }
    }

    private static X509ChainPolicy PolicyOf(X509Certificate2Collection authorities)
    {
        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
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
