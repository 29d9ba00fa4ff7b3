using System.Threading.Channels;
using LbSpeaker.Bgp.Peering;
using LbSpeaker.Bgp.Session;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Tests.Peering;

/// <summary>Octets on their way in one direction.</summary>
internal sealed class OctetQueue(int capacity)
{
    private readonly Channel<byte[]> pieces = Channel.CreateBounded<byte[]>(capacity);
    private ReadOnlyMemory<byte> rest;

    public bool HasUnread => !rest.IsEmpty || pieces.Reader.Count > 0;

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken ct)
    {
        try
        {
            await pieces.Writer.WriteAsync(octets.ToArray(), ct);
        }
        catch (ChannelClosedException closed)
        {
            throw new PeerIOException(SessionEndReason.ConnectionLost, "the other end is gone", closed);
        }
    }

    /// <returns>0 at the end.</returns>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken ct)
    {
        if (rest.IsEmpty)
        {
            if (!await pieces.Reader.WaitToReadAsync(ct)) return 0;
            rest = await pieces.Reader.ReadAsync(ct);
        }
        int count = Math.Min(rest.Length, buffer.Length);
        rest[..count].CopyTo(buffer);
        rest = rest[count..];
        return count;
    }

    /// <param name="error">Null: in order.</param>
    public void End(PeerIOException? error = null) => pieces.Writer.TryComplete(error);
}

/// <summary>A connection without a kernel: this is the speaker's end, the test has the other.</summary>
internal sealed class FakeWire(int capacity = 1000) : IPeerTransport
{
    public static readonly IpAddress Node = IpAddress.Parse("192.0.2.1"), Router = IpAddress.Parse("192.0.2.2");

    public OctetQueue ToRouter { get; } = new(capacity);

    public OctetQueue ToSpeaker { get; } = new(1000);

    public TransportFacts Facts { get; } = new(Node, 40000, Router, 179, new(Node, IpAddress.Parse("2001:db8::1"), IpAddress.Parse("fe80::1"), true), Node);

    public bool HasUnread => ToSpeaker.HasUnread;

    public bool IsAborted { get; private set; }

    public bool IsDisposed { get; private set; }

    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken ct) => ToSpeaker.ReadAsync(buffer, ct);

    public ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken ct) => ToRouter.WriteAsync(octets, ct);

    public void EndWriting() => ToRouter.End();

    public void Abort() => IsAborted = true;

    public void Dispose()
    {
        IsDisposed = true;
        ToRouter.End();
        ToSpeaker.End(new(SessionEndReason.ConnectionLost, "disposed"));
    }
}
