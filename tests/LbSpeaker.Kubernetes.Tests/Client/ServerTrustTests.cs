using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Testing.Access;

namespace LbSpeaker.Kubernetes.Tests.Client;

public sealed class ServerTrustTests : IDisposable
{
    private readonly AccessFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task An_authority_that_is_changed_on_disk_counts_at_the_next_connection()
    {
        using X509Certificate2 first = CertificateMaker.Root("first"), second = CertificateMaker.Root("second"), between = CertificateMaker.Intermediate(second, "between");
        using X509Certificate2 ofFirst = CertificateMaker.Leaf(first, "api", "127.0.0.1"), ofSecond = CertificateMaker.Leaf(between, "api", "127.0.0.1");
        await using Gatekeeper one = new(ofFirst), two = new(ofSecond, between);
        string file = folder.Write("authority.crt", first.ExportCertificatePem());
        SslClientAuthenticationOptions trust = ServerTrust.ByFile(file);
        async Task<string> Trusted() => $"{await IsTrustedAsync(trust, one)} {await IsTrustedAsync(trust, two)}";

        Assert.Equal("True False", await Trusted());
        folder.Write("authority.crt", first.ExportCertificatePem() + "\n" + second.ExportCertificatePem());
        Assert.Equal("True True", await Trusted());
        folder.Write("authority.crt", second.ExportCertificatePem());
        Assert.Equal("False True", await Trusted());
        folder.Write("authority.crt", "-----BEGIN CERTIFICATE-----\nhalf");
        Assert.Equal("False True", await Trusted());
        folder.Write("authority.crt", "-----BEGIN CERTIFICATE-----\neA==\n-----END CERTIFICATE-----\n");
        Assert.Equal("False True", await Trusted());
        File.Delete(file);
        Assert.Equal("False True", await Trusted());
    }

    [Fact]
    public async Task A_file_of_authorities_does_not_make_every_name_right()
    {
        await using Gatekeeper server = new(folder.Server);
        SslClientAuthenticationOptions trust = ServerTrust.ByFile(Path.Combine(folder.Path, "ca.crt"));
        Assert.True(await IsTrustedAsync(trust, server));
        Assert.False(await IsTrustedAsync(trust, server, "198.51.100.1"));
    }

    [Fact]
    public void Without_an_authority_there_is_no_start()
    {
        Assert.ThrowsAny<IOException>(() => ServerTrust.ByFile(Path.Combine(folder.Path, "nowhere.crt")));
        Assert.Throws<InvalidDataException>(() => ServerTrust.ByFile(folder.Write("empty.crt", "")));
    }

    private static async Task<bool> IsTrustedAsync(SslClientAuthenticationOptions trust, Gatekeeper server, string name = "127.0.0.1")
    {
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", server.Port);
        await using SslStream stream = new(client.GetStream());
        try
        {
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = name, CertificateChainPolicy = trust.CertificateChainPolicy, RemoteCertificateValidationCallback = trust.RemoteCertificateValidationCallback });
            return true;
        }
        catch (AuthenticationException)
        {
            return false;
        }
    }
}
