using System.Collections.Frozen;
using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Answering;
using LbSpeaker.Layer2.Frames;
using LbSpeaker.Linux.Links;

namespace LbSpeaker.Layer2.Capture;

/// <summary>
/// One interface in use: its device, what it answers, and its multicast groups. The actor sets what it answers; the capture thread reads
/// and answers; the device is closed by the capture thread alone, which may be reading it.
/// </summary>
internal sealed class Port(LinkState link, IPacketDevice device, Layer2Metrics metrics) : IDisposable
{
    private readonly Lock sendGate = new();
    private readonly SolicitedNodeGroups groups = new(link.Index);
    private readonly byte[] reply = new byte[Responder.MaxReplyLength];
    private volatile InterfaceAnswers answers = InterfaceAnswers.Nothing(link.Mac!.Value);
    private bool closed;

    public LinkState Link { get; set; } = link;

    public int Descriptor => device.Descriptor;

    public IReadOnlySet<IpAddress> Here => answers.Here;

    /// <summary>Why it does less than it should; null where all is well.</summary>
    public string? Fault { get; private set; }

    public long Dropped
    {
        get
        {
            lock (sendGate) return closed ? 0 : device.Dropped;
        }
    }

    /// <summary>What is withdrawn is no longer answered when this returns.</summary>
    public void Set(FrozenSet<IpAddress> here, FrozenSet<IpAddress> elsewhere)
    {
        answers = new InterfaceAnswers(Link.Mac!.Value, here, elsewhere);
        lock (sendGate)
            if (!closed) device.Listen(here);
        try
        {
            groups.Set(here);
            Fault = null;
        }
        catch (System.Net.Sockets.SocketException failure)
        {
            Fault = $"multicast groups: {failure.Message}";
        }
    }

    public void Announce(IpAddress address)
    {
        byte[][] frames = GratuitousFrames.Of(address, Link.Mac!.Value);
        int sent = 0;
        lock (sendGate)
            if (!closed)
                foreach (byte[] frame in frames)
                    if (device.TrySend(frame)) sent++;
        if (sent > 0) metrics.Announced(address, sent);
    }

    /// <summary>Reads and answers all that waits. False when the device is dead.</summary>
    public bool Pump()
    {
        while (device.TryRead(out ReadOnlySpan<byte> frame))
        {
            if (frame.IsEmpty) return true;
            AnswerDecision decision = Responder.Decide(frame, answers, reply);
            if (!decision.IsReply)
            {
                metrics.Ignored(decision.Reason);
                continue;
            }
            bool sent;
            lock (sendGate) sent = device.TrySend(reply.AsSpan(0, decision.ReplyLength));
            metrics.Answered(decision.Address, sent);
        }
        return false;
    }

    public void Dispose()
    {
        lock (sendGate)
        {
            if (closed) return;
            closed = true;
            device.Dispose();
        }
        groups.Dispose();
    }
}
