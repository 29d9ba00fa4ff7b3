using System.Collections.Immutable;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Simulation.Tests.Virtual;

/// <summary>What passes and what does not. Heartbeats have their own network in <see cref="Testing.Heartbeats.VirtualCluster"/>, which faults cut beside this one.</summary>
internal sealed class Network(World world)
{
    private readonly HashSet<(string From, string To)> cut = [];
    private readonly HashSet<string> offSegment = [], offApi = [];

    /// <summary>Of a hundred frames so many are lost on the way to each that they are for.</summary>
    public int LossPercent { get; set; }

    public bool IsApiUp { get; set; } = true;

    /// <summary>How long a change takes from the API server to the node, and a request there.</summary>
    public Dictionary<string, (double Least, double Most)> ApiDelay { get; } = [];

    public bool HasApi(string node) => IsApiUp && !offApi.Contains(node);

    public void SetApi(string node, bool reachable)
    {
        if (reachable) offApi.Remove(node); else offApi.Add(node);
    }

    public TimeSpan ApiTime(string node) => ApiDelay.TryGetValue(node, out (double Least, double Most) delay) ? world.Between(delay.Least, delay.Most) : world.Between(2, 20);

    public bool IsOnSegment(string node) => !offSegment.Contains(node);

    public void SetSegment(string node, bool there)
    {
        if (there) offSegment.Remove(node); else offSegment.Add(node);
    }

    public void CutFrames(string from, string to) => cut.Add((from, to));

    public void MendFrames(string from, string to) => cut.Remove((from, to));

    public void Send(VirtualSpeaker from, byte[] frame)
    {
        world.FramesSent++;
        if (!IsOnSegment(from.Node)) return;
        bool isForAll = (frame[0] & 1) == 1;
        foreach (VirtualSpeaker to in world.Speakers)
        {
            if (to == from || !IsOnSegment(to.Node) || cut.Contains((from.Node, to.Node))) continue;
            if (!isForAll && MacAddress.FromBytes(frame) != to.Mac) continue;
            if (LossPercent > 0 && world.Random.Next(100) < LossPercent) continue;
            world.At(world.Now + world.Between(0.05, 0.5), () => to.Arrive(frame));
        }
    }
}
