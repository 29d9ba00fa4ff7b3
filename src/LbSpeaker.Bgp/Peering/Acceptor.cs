using LbSpeaker.Core.Net;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Bgp.Peering;

/// <summary>
/// Listens while some session waits for its router, in each VRF and family that one waits in; then every router of them may connect, and a collision decides
/// (RFC 4271 section 6.8). One owner.
/// </summary>
internal sealed class Acceptor(IPeerNetwork network, int port, ILogger logger)
{
    private sealed record Place(IpFamily Family, string? Vrf);

    private sealed record Post(IPeerListener Listener, CancellationTokenSource Closing, Task Work);

    private readonly Dictionary<Place, Post> posts = [];
    private volatile PeerActor[] known = [];

    /// <summary>Places that could not be listened at, by what the kernel says; sorted.</summary>
    public IReadOnlyList<string> Faults { get; private set; } = [];

    /// <summary>To be awaited where one ends by itself: it is then faulted.</summary>
    public IEnumerable<Task> Work => posts.Values.Select(p => p.Work);

    /// <summary>Opens and closes what the sessions need. What failed is tried again each time.</summary>
    public void Serve(IReadOnlyList<(PeerActor Actor, Neighbor? Neighbor)> actors)
    {
        HashSet<Place> wanted = [.. actors.Where(a => a.Actor.Settings.Passive).Select(a => PlaceOf(a.Actor))];
        foreach ((Place place, Post post) in posts.Where(p => !wanted.Contains(p.Key)).ToList())
        {
            posts.Remove(place);
            post.Closing.Cancel();
            post.Listener.Dispose();
        }
        known = [.. actors.Select(a => a.Actor)];
        List<string> faults = [];
        foreach (Place place in wanted)
        {
            try
            {
                if (!posts.TryGetValue(place, out Post? post)) posts[place] = post = Open(place);
                post.Listener.SetPeers([.. actors.Where(a => PlaceOf(a.Actor) == place).Select(a => (a.Actor.Settings, a.Neighbor))]);
            }
            catch (PeerIOException failure)
            {
                faults.Add(failure.Message);
            }
        }
        Faults = [.. faults.Order(StringComparer.Ordinal)];
    }

    private static Place PlaceOf(PeerActor actor) => new(actor.Settings.Address?.Family ?? IpFamily.IPv6, actor.Settings.Vrf);

    private Post Open(Place place)
    {
        IPeerListener listener = network.Listen(place.Family, place.Vrf, port);
        CancellationTokenSource closing = new();
        return new(listener, closing, AcceptAsync(listener, closing.Token));
    }

    private async Task AcceptAsync(IPeerListener listener, CancellationToken ct)
    {
        try
        {
            while (!ct.IsCancellationRequested)
            {
                if (await listener.AcceptAsync(ct).ConfigureAwait(false) is not { } accepted)
                {
                    logger.StrangerRefused();
                    continue;
                }
                PeerActor? actor = known.FirstOrDefault(a => a.Settings.Name == accepted.Peer);
                if (actor is null || !actor.TryPost(new PeerMessage.Accepted(accepted.Transport))) accepted.Transport.Dispose();
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Nobody waits for a router any more.
        }
    }
}
