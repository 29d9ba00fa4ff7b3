using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using LbSpeaker.Testing.Network;

namespace LbSpeaker.Interop.Tests.Bgp;

/// <summary>A client that sends a numbered datagram to an address every 10 ms; the node sends each back.</summary>
internal sealed class Traffic : IDisposable
{
    private const int Port = 7, IntervalMicroseconds = 10_000;

    private readonly Socket client, node;
    private readonly IPEndPoint to;
    private readonly Thread asking, answering;
    private readonly HashSet<int> answered = [];
    private bool isEnding;
    private volatile bool isEnded;
    private int sent;

    public Traffic(TestNamespace client, TestNamespace node, string address)
    {
        to = new(IPAddress.Parse(address), Port);
        this.client = client.Enter(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        this.node = node.Enter(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        this.node.Bind(to);
        (asking, answering) = (new Thread(Ask) { IsBackground = true }, new Thread(Answer) { IsBackground = true });
        answering.Start();
        asking.Start();
    }

    /// <summary>The first and the last that was lost, for the one who looks for a fault.</summary>
    public string Losses
    {
        get
        {
            lock (answered)
            {
                int[] lost = [.. Enumerable.Range(0, sent).Except(answered)];
                return lost.Length == 0 ? "none" : $"number {lost[0]} to number {lost[^1]}";
            }
        }
    }

    public int Sent { get { lock (answered) return sent; } }

    /// <summary>Sends no more, and waits a while for answers that are under way.</summary>
    public (int Sent, int Lost) End()
    {
        lock (answered) isEnding = true;
        for (int wait = 0; wait < 300 && Lost > 0; wait++) Thread.Sleep(10);
        return (Sent, Lost);
    }

    public void Dispose()
    {
        isEnded = true;
        asking.Join();
        answering.Join();
        client.Dispose();
        node.Dispose();
    }

    private int Lost { get { lock (answered) return sent - answered.Count; } }

    private void Ask()
    {
        byte[] datagram = new byte[4];
        while (!isEnded)
        {
            lock (answered)
            {
                if (!isEnding)
                {
                    BinaryPrimitives.WriteInt32BigEndian(datagram, sent);
                    client.SendTo(datagram, to);
                    sent++;
                }
            }
            if (!client.Poll(IntervalMicroseconds, SelectMode.SelectRead)) continue;
            client.Receive(datagram);
            lock (answered) answered.Add(BinaryPrimitives.ReadInt32BigEndian(datagram));
            Thread.Sleep(IntervalMicroseconds / 1000);
        }
    }

    private void Answer()
    {
        byte[] datagram = new byte[4];
        while (!isEnded)
        {
            if (!node.Poll(IntervalMicroseconds, SelectMode.SelectRead)) continue;
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            node.ReceiveFrom(datagram, ref from);
            node.SendTo(datagram, from);
        }
    }
}
