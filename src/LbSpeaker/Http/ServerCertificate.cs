using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Http;

/// <summary>
/// What the server shows who it is with: <c>tls.crt</c> and <c>tls.key</c> of a folder, as a Secret of type kubernetes.io/tls is mounted, looked at again every so often so that a
/// rotated one takes effect; or, without a folder, one that it signs itself when it is first asked for, in memory and for this life of the process.
/// </summary>
internal sealed class ServerCertificate
{
    /// <summary>The files are looked at this often at most, and only when somebody connects.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(10);

    private readonly string? folder;
    private readonly SslProtocols protocols;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Lock gate = new();
    private (string Chain, string Key) read;
    private SslServerAuthenticationOptions? options;
    private long lookedAt;

    /// <param name="folder">Null for a certificate of our own making.</param>
    /// <param name="allowsTls12">Else TLS 1.3 alone.</param>
    /// <exception cref="StartException">The folder has no certificate with its key.</exception>
    public ServerCertificate(string? folder, bool allowsTls12, TimeProvider time, ILogger log)
    {
        (this.folder, this.time, this.log) = (folder, time, log);
        protocols = allowsTls12 ? SslProtocols.Tls12 | SslProtocols.Tls13 : SslProtocols.Tls13;
        if (folder is not null && LoadFault() is { } fault) throw new StartException($"--metrics-cert-dir {folder}: {fault}; it is to hold tls.crt and tls.key, in PEM");
    }

    /// <summary>What a handshake needs, as the files are now. Where they are at fault the last ones that were in order go on.</summary>
    public SslServerAuthenticationOptions Options
    {
        get
        {
            lock (gate)
            {
                if (folder is null) return options ??= OptionsOf(SelfSigned(), []);
                if (time.GetElapsedTime(lookedAt) >= LookInterval && LoadFault() is { } fault) log.CertificateNotTaken(folder, fault);
                return options!;
            }
        }
    }

    /// <returns>Null where what is in force is what the files hold.</returns>
    private string? LoadFault()
    {
        lookedAt = time.GetTimestamp();
        try
        {
            (string Chain, string Key) now = (File.ReadAllText(Path.Combine(folder!, "tls.crt")), File.ReadAllText(Path.Combine(folder!, "tls.key")));
            if (options is not null && now == read) return null;
            X509Certificate2Collection above = [];
            above.ImportFromPem(now.Chain);
            options = OptionsOf(X509Certificate2.CreateFromPem(now.Chain, now.Key), [.. above.Skip(1)]);
            read = now;
            log.CertificateTaken(folder!);
            return null;
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return unusable.Message;
        }
    }

    private SslServerAuthenticationOptions OptionsOf(X509Certificate2 certificate, X509Certificate2Collection above) => new()
    {
        ServerCertificateContext = SslStreamCertificateContext.Create(certificate, above, offline: true),
        EnabledSslProtocols = protocols,
        ClientCertificateRequired = false,
        AllowRenegotiation = false,
    };

    /// <summary>Who wants to know whom it talks to gives a folder; this one keeps the token and the figures from those who listen.</summary>
    private X509Certificate2 SelfSigned()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=lbspeaker", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset now = time.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
    }
}
