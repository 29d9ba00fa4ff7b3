using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace LbSpeaker.Heartbeat.Judging;

/// <summary>
/// Who watches whom: the same for all who know the same nodes, and always mutual. Few nodes watch each other all; many stand on a ring in the order of a hash of their names,
/// and each watches its neighbors there. One more node changes the neighbors of a few only. (Two names with the same 64 bits of SHA-256 do not come.)
/// </summary>
public sealed class Ring
{
    private readonly string[] nodes;
    private readonly ulong[] places;
    private readonly int reach;

    public Ring(IEnumerable<string> names, HeartbeatSettings settings)
    {
        nodes = [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        places = [.. nodes.Select(Place)];
        Array.Sort(places, nodes);
        IsMesh = nodes.Length <= settings.MeshLimit || nodes.Length <= 2 * settings.WatchersEachSide + 1;
        reach = settings.WatchersEachSide;
    }

    /// <summary>Each watches each.</summary>
    public bool IsMesh { get; }

    /// <summary>Those that watch the node and are watched by it. Empty where the node is not on the ring.</summary>
    public IEnumerable<string> Watchers(string node)
    {
        int at = IndexOf(node);
        if (at < 0) return [];
        return IsMesh ? nodes.Where(n => n != node) : Enumerable.Range(1, reach).SelectMany(step => new[] { Around(at + step), Around(at - step) });
    }

    /// <summary>A few far away, to whom news goes beside the neighbors: so it is everywhere after a few hops, and not after half the ring.</summary>
    public IEnumerable<string> Chords(string node)
    {
        int at = IndexOf(node);
        if (IsMesh || at < 0) yield break;
        for (int step = 4 * reach; step < nodes.Length / 2; step *= 4)
        {
            yield return Around(at + step);
            yield return Around(at - step);
        }
    }

    private string Around(int at) => nodes[(at % nodes.Length + nodes.Length) % nodes.Length];

    private int IndexOf(string node)
    {
        int at = Array.BinarySearch(places, Place(node));
        return at >= 0 && nodes[at] == node ? at : -1;
    }

    private static ulong Place(string node) => BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(node)));
}
