using System.Diagnostics.CodeAnalysis;
using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Capture;
using LbSpeaker.Linux;
using LbSpeaker.Linux.Links;

namespace LbSpeaker.Simulation.Tests.Virtual;

/// <summary>The one interface of a node, as its speaker opens it: frames go to the virtual segment and come from there.</summary>
internal sealed class VirtualLink(Func<TimeSpan> now, Action<byte[]> send) : ILinkLayer, ICapture, IPacketDevice
{
    /// <summary>What the kernel keeps of frames that nobody reads.</summary>
    private const int Room = 256;

    private readonly Queue<(byte[] Frame, TimeSpan ArrivedAt)> waiting = new();
    private readonly Queue<Port> released = new();

    public Port? Reading { get; private set; }

    public int Descriptor => -1;

    public long Dropped { get; private set; }

    public TimeSpan Waited { get; private set; }

    public void Arrive(byte[] frame)
    {
        if (Reading is null) return;
        if (waiting.Count < Room) waiting.Enqueue((frame, now())); else Dropped++;
    }

    public void Pump()
    {
        while (waiting.Count > 0 && Reading is { } port) port.Pump();
    }

    public ILinkMonitor Follow() => throw new NotSupportedException("the links are given");

    public IPacketDevice Open(LinkState link) => this;

    public void Open(Port port) => Reading = port;

    public void Close(Port port)
    {
        Reading = null;
        waiting.Clear();
        released.Enqueue(port);
    }

    public bool TryTakeReleased([NotNullWhen(true)] out Port? port) => released.TryDequeue(out port);

    public bool TryRead(out ReadOnlySpan<byte> frame)
    {
        frame = waiting.TryDequeue(out (byte[] Frame, TimeSpan ArrivedAt) next) ? next.Frame : default;
        Waited = now() - next.ArrivedAt;
        return true;
    }

    public SendOutcome Send(ReadOnlySpan<byte> frame)
    {
        send(frame.ToArray());
        return SendOutcome.Sent;
    }

    public string? Listen(IReadOnlyCollection<IpAddress> addresses) => null;

    public void Dispose() { }
}
