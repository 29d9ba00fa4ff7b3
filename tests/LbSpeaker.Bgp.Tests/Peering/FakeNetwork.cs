using System.Threading.Channels;
using LbSpeaker.Bgp.Peering;
using LbSpeaker.Bgp.Session;
using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Bgp.Tests.Peering;

/// <summary>What becomes of an attempt to connect: the test decides on each.</summary>
internal sealed record Attempt(BgpPeerSettings Peer, Neighbor? Neighbor, TaskCompletionSource<IPeerTransport> Outcome)
{
    public void Refuse() => Outcome.TrySetException(new PeerIOException(SessionEndReason.ConnectRefused, "refused"));

    public ScriptedRouter Accept(int capacity = 1000)
    {
        FakeWire wire = new(capacity);
        Outcome.TrySetResult(wire);
        return new(wire);
    }
}

internal sealed class FakeNetwork : IPeerNetwork
{
    private readonly Channel<Attempt> attempts = Channel.CreateUnbounded<Attempt>();

    public Dictionary<(IpFamily Family, string? Vrf), FakeListener> Listeners { get; } = [];

    public string? ListenFault { get; set; }

    public int Attempts { get; private set; }

    public async Task<IPeerTransport> ConnectAsync(BgpPeerSettings peer, Neighbor? neighbor, CancellationToken ct)
    {
        Attempt attempt = new(peer, neighbor, new(TaskCreationOptions.RunContinuationsAsynchronously));
        Attempts++;
        await attempts.Writer.WriteAsync(attempt, ct);
        return await attempt.Outcome.Task.WaitAsync(ct);
    }

    public IPeerListener Listen(IpFamily family, string? vrf, int port)
    {
        if (ListenFault is { } fault) throw new PeerIOException(SessionEndReason.NotPermitted, fault);
        return Listeners[(family, vrf)] = new FakeListener();
    }

    public async Task<Attempt> NextAttempt() => await attempts.Reader.ReadAsync().AsTask().WaitAsync(Bench.Patience);

    public bool HasAttempt => attempts.Reader.Count > 0;
}

internal sealed class FakeListener : IPeerListener
{
    private readonly Channel<FakeWire> incoming = Channel.CreateUnbounded<FakeWire>();

    public IReadOnlyList<(BgpPeerSettings Peer, Neighbor? Neighbor)> Peers { get; private set; } = [];

    public bool IsDisposed { get; private set; }

    public void SetPeers(IReadOnlyList<(BgpPeerSettings Peer, Neighbor? Neighbor)> peers) => Peers = peers;

    public async Task<(string Peer, IPeerTransport Transport)?> AcceptAsync(CancellationToken ct)
    {
        FakeWire wire = await incoming.Reader.ReadAsync(ct);
        return Peers.FirstOrDefault(p => p.Peer.Address == FakeWire.Router).Peer is { } peer ? (peer.Name, wire) : null;
    }

    public ScriptedRouter Dial()
    {
        FakeWire wire = new();
        incoming.Writer.TryWrite(wire);
        return new(wire);
    }

    public void Dispose() => IsDisposed = true;
}
