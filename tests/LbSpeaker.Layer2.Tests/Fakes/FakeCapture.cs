using System.Diagnostics.CodeAnalysis;
using LbSpeaker.Layer2.Capture;

namespace LbSpeaker.Layer2.Tests.Fakes;

/// <summary>Reads nothing by itself, and gives a port back when it is told to.</summary>
internal sealed class FakeCapture : ICapture
{
    private readonly List<Port> asked = [];
    private readonly Queue<Port> released = new();

    public List<Port> Reading { get; } = [];

    public void Open(Port port) => Reading.Add(port);

    public void Close(Port port) => asked.Add(port);

    public bool TryTakeReleased([NotNullWhen(true)] out Port? port) => released.TryDequeue(out port);

    /// <summary>As the capture thread does when it gets to it.</summary>
    public void ReleaseAsked()
    {
        foreach (Port port in asked) Release(port);
        asked.Clear();
    }

    /// <summary>As the capture thread does when a device has died.</summary>
    public void Release(Port port)
    {
        if (Reading.Remove(port)) released.Enqueue(port);
    }
}
