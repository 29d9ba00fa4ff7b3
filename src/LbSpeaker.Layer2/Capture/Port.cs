using System.Collections.Frozen;
using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Answering;
using LbSpeaker.Layer2.Frames;
using LbSpeaker.Linux;
using LbSpeaker.Linux.Links;

namespace LbSpeaker.Layer2.Capture;

/// <summary>
/// One interface in use: its device, and what it answers. The announcer's loop owns it and sets what it answers; between
/// <see cref="CaptureThread.Open"/> and the word that it is released the capture thread calls <see cref="Pump"/>, and nothing else is shared
/// with it than one reference, and what it heard.
/// </summary>
internal sealed class Port(LinkState link, MacAddress mac, IPacketDevice device, Layer2Metrics metrics, Hearing hearing, Standstills standstills, FrameTrace trace) : IDisposable
{
    /// <summary>Frames read in one turn: one flooded interface must not keep the others waiting.</summary>
    private const int FramesOfTurn = 64;

    private readonly Lock gate = new();
    private readonly InterfaceCounters counters = metrics.Of(link.Name);
    private readonly byte[] reply = new byte[Responder.MaxReplyLength];
    private volatile InterfaceAnswers answers = InterfaceAnswers.Nothing(mac);
    private IReadOnlySet<IpAddress> listening = FrozenSet<IpAddress>.Empty;
    private long dropsCounted;
    private bool closed;

    public LinkState Link { get; set; } = link;

    public int Descriptor => device.Descriptor;

    /// <summary>The addresses answered here.</summary>
    public IReadOnlyCollection<IpAddress> Here => answers.Here.Keys;

    /// <summary>Why it does less than it should; null where all is well.</summary>
    public string? Fault { get; private set; }

    public bool Answers(IpAddress address) => answers.Here.ContainsKey(address);

    /// <summary>Whether what is answered here was settled since the process stood still last.</summary>
    public bool IsSettled => IsCurrent(answers);

    /// <summary>Stops answering for all but these. When this returns, at most the frame in hand is still answered by what was before.</summary>
    public void Withdraw(IReadOnlySet<IpAddress> kept)
    {
        if (answers.Here.Keys.All(kept.Contains)) return;
        answers = answers with { Here = answers.Here.Where(a => kept.Contains(a.Key)).ToFrozenDictionary() };
    }

    /// <summary>The kernel lets through what is new before it is answered.</summary>
    /// <param name="leaving">Those of them that are answered until a fellow has them.</param>
    /// <param name="watched">Addresses that are listened for and not answered.</param>
    /// <param name="stoodStill">How often the process had stood still when this was decided.</param>
    public void Set(IReadOnlySet<IpAddress> here, IReadOnlySet<IpAddress> leaving, IReadOnlySet<IpAddress> watched, IReadOnlySet<IpAddress> elsewhere, KnownHosts hosts, int stoodStill)
    {
        HashSet<IpAddress> concerned = [.. here, .. watched];
        if (Fault is not null || !concerned.SetEquals(listening))
        {
            Fault = device.Listen(concerned);
            listening = concerned;
        }
        if (here.SetEquals(answers.Here.Keys) && leaving.SetEquals(answers.Leaving) && watched.SetEquals(answers.Watched) && elsewhere.SetEquals(answers.Elsewhere) && ReferenceEquals(hosts, answers.Hosts) && stoodStill == answers.Standstills) return;
        answers = new InterfaceAnswers(mac, here.ToFrozenDictionary(a => a, metrics.Of), elsewhere.ToFrozenSet()) { Leaving = leaving.ToFrozenSet(), Watched = watched.ToFrozenSet(), Hosts = hosts, Standstills = stoodStill };
    }

    public void Announce(IpAddress address)
    {
        if (!IsSettled) return;
        foreach (byte[] frame in GratuitousFrames.Of(address, mac))
            if (TrySend(frame)) metrics.Of(address).CountGratuitous();
    }

    /// <summary>Asks whether anybody has the address, where it is listened for.</summary>
    public void Probe(IpAddress address)
    {
        if (listening.Contains(address) && TrySend(GratuitousFrames.Probe(address, mac))) counters.CountProbe();
    }

    /// <summary>Reads and answers what waits, up to a turn's worth. False when the device is dead.</summary>
    public bool Pump()
    {
        for (int i = 0; i < FramesOfTurn; i++)
        {
            if (!device.TryRead(out ReadOnlySpan<byte> frame)) return false;
            if (frame.IsEmpty) return true;
            InterfaceAnswers decidedBy = answers;
            AnswerDecision decision = Responder.Decide(frame, decidedBy, reply);
            SendOutcome? sent = null;
            // Somebody else may answer by now. Who asked asks again.
            if (decision.IsReply && (!IsCurrent(decidedBy) || device.Waited > standstills.Patience)) metrics.CountIgnored(IgnoreReason.Late);
            else if (decision.IsReply) decision.Answered.CountRequest(answered: (sent = Transmit(reply.AsSpan(0, decision.ReplyLength))) == SendOutcome.Sent);
            trace.Saw(Link.Name, frame, decision, sent, reply.AsSpan(0, decision.ReplyLength));
            if (decision.Heard is { } heard)
            {
                metrics.CountHeard(heard.How);
                hearing.Add(heard, Link.Name);
            }
            else if (decision.IsIgnored) metrics.CountIgnored(decision.Reason);
        }
        return true;
    }

    /// <summary>Brings the count of dropped frames up to date. Any thread may.</summary>
    public void CountDrops()
    {
        lock (gate)
        {
            if (closed) return;
            long total = device.Dropped;
            counters.CountDrops(total - dropsCounted);
            dropsCounted = total;
        }
    }

    public void Dispose()
    {
        CountDrops();
        lock (gate)
        {
            if (closed) return;
            closed = true;
            device.Dispose();
        }
    }

    private bool IsCurrent(InterfaceAnswers settled) => settled.Standstills == standstills.Look();

    private bool TrySend(ReadOnlySpan<byte> frame)
    {
        SendOutcome outcome = Transmit(frame);
        trace.Sent(Link.Name, frame, outcome);
        return outcome == SendOutcome.Sent;
    }

    private SendOutcome Transmit(ReadOnlySpan<byte> frame)
    {
        SendOutcome outcome = device.Send(frame);
        if (outcome != SendOutcome.Sent) counters.CountFailure(outcome);
        return outcome;
    }
}
