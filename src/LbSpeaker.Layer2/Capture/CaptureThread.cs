using System.Collections.Concurrent;
using LbSpeaker.Linux;

namespace LbSpeaker.Layer2.Capture;

/// <summary>
/// The one thread that reads every interface and answers. Not of the thread pool: a busy pool must never make the network wait.
/// </summary>
internal sealed class CaptureThread : IDisposable
{
    private readonly ReadySet ready = new();
    private readonly ConcurrentQueue<(Port Port, bool Opens)> changes = new();
    private readonly Action<int> descriptorReady;
    private readonly Action<Port> portDied;
    private readonly Thread thread;
    private volatile bool stopping;

    /// <param name="otherDescriptor">Watched along with the ports; <paramref name="descriptorReady"/> is told when it can be read.</param>
    /// <param name="portDied">Told once when a port's device is dead; the port is closed by then.</param>
    public CaptureThread(int otherDescriptor, Action<int> descriptorReady, Action<Port> portDied)
    {
        this.descriptorReady = descriptorReady;
        this.portDied = portDied;
        ready.Insert(otherDescriptor);
        thread = new Thread(Run) { Name = "layer2-capture", IsBackground = true, Priority = ThreadPriority.Highest };
    }

    /// <summary>Ends with the failure that stopped the thread, if one did.</summary>
    public Task Completion => completion.Task;

    private readonly TaskCompletionSource completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Start() => thread.Start();

    public void Open(Port port) => Change(port, opens: true);

    public void Close(Port port) => Change(port, opens: false);

    public void Dispose()
    {
        stopping = true;
        ready.Wake();
        if (thread.IsAlive) thread.Join();
        ready.Dispose();
    }

    private void Change(Port port, bool opens)
    {
        changes.Enqueue((port, opens));
        ready.Wake();
    }

    private void Run()
    {
        Dictionary<int, Port> ports = [];
        int[] descriptors = new int[64];
        try
        {
            while (!stopping)
            {
                int count = ready.Wait(descriptors);
                while (changes.TryDequeue(out (Port Port, bool Opens) change))
                {
                    if (change.Opens)
                    {
                        ports[change.Port.Descriptor] = change.Port;
                        ready.Insert(change.Port.Descriptor);
                    }
                    else if (ports.Remove(change.Port.Descriptor))
                    {
                        ready.Remove(change.Port.Descriptor);
                        change.Port.Dispose();
                    }
                }
                for (int i = 0; i < count; i++)
                {
                    if (!ports.TryGetValue(descriptors[i], out Port? port)) descriptorReady(descriptors[i]);
                    else if (!port.Pump())
                    {
                        ports.Remove(port.Descriptor);
                        ready.Remove(port.Descriptor);
                        port.Dispose();
                        portDied(port);
                    }
                }
            }
            foreach (Port port in ports.Values) port.Dispose();
            completion.SetResult();
        }
        catch (Exception failure)
        {
            completion.SetException(failure);
        }
    }
}
