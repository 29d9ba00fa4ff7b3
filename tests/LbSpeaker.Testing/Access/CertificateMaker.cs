using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace LbSpeaker.Testing.Access;

/// <summary>Certificates for a test: roots, intermediates, and what they sign. Each has its key.</summary>
public static class CertificateMaker
{
    public static X509Certificate2 Root(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Request(name, key, isAuthority: true).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
    }

    public static X509Certificate2 Intermediate(X509Certificate2 issuer, string name) => Signed(issuer, name, isAuthority: true);

    /// <param name="names">DNS names and addresses.</param>
    public static X509Certificate2 Leaf(X509Certificate2 issuer, string name, params string[] names) => Signed(issuer, name, isAuthority: false, names);

    private static X509Certificate2 Signed(X509Certificate2 issuer, string name, bool isAuthority, params string[] names)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = Request(name, key, isAuthority, names);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        using X509Certificate2 signed = request.Create(issuer, issuer.NotBefore, issuer.NotAfter, RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }

    private static CertificateRequest Request(string name, ECDsa key, bool isAuthority, params string[] names)
    {
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        if (names.Length == 0) return request;
        SubjectAlternativeNameBuilder alternatives = new();
        foreach (string one in names)
            if (IPAddress.TryParse(one, out IPAddress? address)) alternatives.AddIpAddress(address); else alternatives.AddDnsName(one);
        request.CertificateExtensions.Add(alternatives.Build());
        return request;
    }
}
