using System.Collections.Concurrent;
using System.IO.Pipes;
using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Capture;
using LbSpeaker.Linux;

namespace LbSpeaker.Layer2.Tests.Fakes;

/// <summary>An interface whose frames come from a test. Its descriptor is that of a pipe, so that it can be waited for like a real one.</summary>
internal sealed class FakeDevice : IPacketDevice
{
    private readonly AnonymousPipeServerStream signal = new(PipeDirection.Out);
    private readonly AnonymousPipeClientStream readable;
    private readonly ConcurrentQueue<byte[]> waiting = new();
    private byte[] current = [];

    public FakeDevice() => readable = new AnonymousPipeClientStream(PipeDirection.In, signal.ClientSafePipeHandle);

    public int Descriptor => (int)readable.SafePipeHandle.DangerousGetHandle();

    /// <summary>How long each frame waits before it is read.</summary>
    public TimeSpan Waited { get; set; }

    /// <summary>What was sent, in order.</summary>
    public BlockingCollection<byte[]> Sent { get; } = [];

    /// <summary>What each further sending comes to.</summary>
    public SendOutcome Outcome { get; set; } = SendOutcome.Sent;

    /// <summary>What listening comes to.</summary>
    public string? ListenFault { get; set; }

    /// <summary>What was asked for last, sorted.</summary>
    public IReadOnlyList<IpAddress> Listening { get; private set; } = [];

    public int Listenings { get; private set; }

    /// <summary>Called when the device is told what to listen for.</summary>
    public Action? OnListen { get; set; }

    /// <summary>A frame that waits again as soon as it is read.</summary>
    public byte[]? Flood { get; private set; }

    public long Dropped { get; set; }

    public bool IsDead { get; private set; }

    public bool IsClosed { get; private set; }

    public void Arrive(params IEnumerable<byte[]> frames)
    {
        foreach (byte[] frame in frames)
        {
            waiting.Enqueue(frame);
            signal.WriteByte(1);
        }
    }

    /// <summary>From now on there is always one more such frame.</summary>
    public void Drown(byte[] frame)
    {
        Flood = frame;
        signal.WriteByte(1);
    }

    /// <summary>As when the interface is removed.</summary>
    public void Die()
    {
        IsDead = true;
        signal.WriteByte(1);
    }

    public bool TryRead(out ReadOnlySpan<byte> frame)
    {
        frame = default;
        if (IsDead) return false;
        if (waiting.TryDequeue(out byte[]? next))
        {
            readable.ReadByte();
            frame = current = next;
        }
        else frame = Flood;
        return true;
    }

    public SendOutcome Send(ReadOnlySpan<byte> frame)
    {
        if (Outcome == SendOutcome.Sent) Sent.Add(frame.ToArray());
        return Outcome;
    }

    public string? Listen(IReadOnlyCollection<IpAddress> addresses)
    {
        OnListen?.Invoke();
        Listening = [.. addresses.Order()];
        Listenings++;
        return ListenFault;
    }

    public void Dispose()
    {
        IsClosed = true;
        signal.Dispose();
        readable.Dispose();
    }
}
