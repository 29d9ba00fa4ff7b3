using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using LbSpeaker.Linux;
using LbSpeaker.Linux.Links;

namespace LbSpeaker.Layer2.Capture;

/// <summary>
/// The one thread that reads every interface and answers. Not of the thread pool: a busy pool must never make the network wait. It does nothing that may take long:
/// ports are opened and closed by others.
/// </summary>
internal sealed class CaptureThread : ICapture, IDisposable
{
    private readonly ReadySet ready = new();
    private readonly ConcurrentQueue<(Port Port, bool Opens)> changes = new();
    private readonly ConcurrentQueue<Port> released = new();
    private readonly ILinkMonitor links;
    private readonly Standstills standstills;
    private readonly Action changed;
    private readonly Thread thread;
    private volatile Exception? failure;
    private volatile bool stopping;

    /// <param name="links">Watched and drained along with the ports.</param>
    /// <param name="standstills">Looked at all the while.</param>
    /// <param name="changed">Called when links changed, when there is a released port to take, when the process stood still, and when the thread has failed.</param>
    public CaptureThread(ILinkMonitor links, Standstills standstills, Action changed)
    {
        this.links = links;
        this.standstills = standstills;
        this.changed = changed;
        ready.Insert(links.EventDescriptor);
        // Before the thread runs: one that begins late must not take a standstill for how it was always.
        int stoodStill = standstills.Look();
        thread = new Thread(() => Run(stoodStill)) { Name = "layer2-capture", IsBackground = true };
        thread.Start();
    }

    public void Open(Port port) => Change(port, opens: true);

    public void Close(Port port) => Change(port, opens: false);

    public bool TryTakeReleased([NotNullWhen(true)] out Port? port) => released.TryDequeue(out port);

    /// <summary>Throws what ended the thread, if something did.</summary>
    public void ThrowIfFailed()
    {
        if (failure is { } thrown) throw new InvalidOperationException("the capture thread has failed", thrown);
    }

    /// <summary>Ends the thread; then no port is read any more.</summary>
    public void Dispose()
    {
        stopping = true;
        ready.Wake();
        thread.Join();
        ready.Dispose();
    }

    private void Change(Port port, bool opens)
    {
        changes.Enqueue((port, opens));
        ready.Wake();
    }

    private void Run(int stoodStill)
    {
        try
        {
            Dictionary<int, Port> ports = [];
            Span<int> descriptors = stackalloc int[64];
            while (!stopping)
            {
                int count = ready.Wait(descriptors, Standstills.Interval);
                if (standstills.Look() is var found && found != stoodStill)
                {
                    stoodStill = found;
                    changed();
                }
                while (changes.TryDequeue(out (Port Port, bool Opens) change))
                    if (change.Opens) Insert(ports, change.Port); else Release(ports, change.Port);
                foreach (int descriptor in descriptors[..count])
                    if (descriptor == links.EventDescriptor) DrainLinks();
                    else if (ports.TryGetValue(descriptor, out Port? port) && !port.Pump()) Release(ports, port);
            }
        }
        catch (Exception thrown)
        {
            failure = thrown;
            changed();
        }
    }

    private void Insert(Dictionary<int, Port> ports, Port port)
    {
        ports.Add(port.Descriptor, port);
        ready.Insert(port.Descriptor);
    }

    private void Release(Dictionary<int, Port> ports, Port port)
    {
        // One whose device died has been released already.
        if (!ports.TryGetValue(port.Descriptor, out Port? present) || present != port) return;
        ports.Remove(port.Descriptor);
        ready.Remove(port.Descriptor);
        released.Enqueue(port);
        changed();
    }

    private void DrainLinks()
    {
        links.Drain();
        changed();
    }
}
