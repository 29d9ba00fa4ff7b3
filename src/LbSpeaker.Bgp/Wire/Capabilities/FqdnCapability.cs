using System.Text;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bgp.Wire.Capabilities;

/// <summary>
/// The speaker's host and domain name, for people to read (draft-walton-bgp-hostname-capability section 2).
/// <code>
/// +--------------------------------+
/// | Hostname Length (1 octet)      |
/// +--------------------------------+
/// | Hostname (variable)            |
/// +--------------------------------+
/// | Domain Name Length (1 octet)   |
/// +--------------------------------+
/// | Domain Name (variable)         |
/// +--------------------------------+
/// </code>
/// </summary>
public sealed record FqdnCapability : Capability
{
    private readonly ValueArray<byte> host, domain;

    /// <param name="host">UTF-8 of at most 64 octets, as is <paramref name="domain"/>.</param>
    public FqdnCapability(string host, string domain) : this([.. Encoding.UTF8.GetBytes(host)], [.. Encoding.UTF8.GetBytes(domain)])
    {
        if (this.host.Count > 64) throw new ArgumentException($"a host name has at most 64 octets, not {this.host.Count}", nameof(host));
        if (this.domain.Count > 64) throw new ArgumentException($"a domain name has at most 64 octets, not {this.domain.Count}", nameof(domain));
    }

    private FqdnCapability(ValueArray<byte> host, ValueArray<byte> domain) : base(CapabilityCode.Fqdn) => (this.host, this.domain) = (host, domain);

    public string Host => Encoding.UTF8.GetString(host.AsSpan());

    public string Domain => Encoding.UTF8.GetString(domain.AsSpan());

    /// <summary>What cannot be read is kept as octets: a name for people is no reason to refuse a session.</summary>
    internal static Capability Read(WireReader value)
    {
        WireReader whole = value;
        return value.TryReadByte(out byte hostLength) && value.TryReadBytes(hostLength, out ReadOnlySpan<byte> host)
            && value.TryReadByte(out byte domainLength) && value.TryReadBytes(domainLength, out ReadOnlySpan<byte> domain) && value.IsEmpty
            ? new FqdnCapability([.. host], [.. domain])
            : UnknownCapability.Read(CapabilityCode.Fqdn, whole);
    }

    private protected override void WriteValue(ref WireWriter writer)
    {
        writer.WriteByte(host.Count);
        writer.WriteBytes(host.AsSpan());
        writer.WriteByte(domain.Count);
        writer.WriteBytes(domain.AsSpan());
    }

    public override string ToString() => $"fqdn {WireText.Quote(Host)} {WireText.Quote(Domain)}";
}
