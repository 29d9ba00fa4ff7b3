using System.IO.Pipes;
using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Capture;
using LbSpeaker.Linux.Links;

namespace LbSpeaker.Layer2.Tests.Fakes;

/// <summary>A machine whose interfaces a test adds, changes and removes.</summary>
internal sealed class FakeLinkLayer : ILinkLayer, ILinkMonitor
{
    private readonly AnonymousPipeServerStream signal = new(PipeDirection.Out);
    private readonly AnonymousPipeClientStream readable;
    private readonly Lock gate = new();
    private readonly SortedDictionary<int, LinkState> links = [];
    private readonly List<(LinkState Link, FakeDevice Device)> opened = [];

    public FakeLinkLayer() => readable = new AnonymousPipeClientStream(PipeDirection.In, signal.ClientSafePipeHandle);

    /// <summary>Why no interface can be opened; null where they can.</summary>
    public string? OpenFault { get; set; }

    /// <summary>Why events cannot be read, or the table; null where they can.</summary>
    public string? DrainFault { get; set; }

    public string? ReadFault { get; set; }

    /// <summary>Called when an interface is opened.</summary>
    public Action? OnOpen { get; set; }

    /// <summary>Why Layer 2 cannot work at all.</summary>
    public string? StartFault { get; set; }

    /// <summary>How often the interfaces were read.</summary>
    public int Readings { get; private set; }

    public int EventDescriptor => (int)readable.SafePipeHandle.DangerousGetHandle();

    /// <summary>Every device opened so far, in order.</summary>
    public IReadOnlyList<(LinkState Link, FakeDevice Device)> Opened
    {
        get
        {
            lock (gate) return [.. opened];
        }
    }

    /// <summary>An interface that is fit for both families.</summary>
    public static LinkState Fit(int index, string name, string mac = "02:00:00:00:00:01") => new(index, name, Segment.Mac(mac))
    {
        IsUp = true,
        HasCarrier = true,
        IsBroadcast = true,
        LinkLocal = IpAddress.Parse("fe80::1"),
    };

    /// <summary>The device that is open on the interface.</summary>
    public FakeDevice Device(string name) => Opened.Last(o => o.Link.Name == name && !o.Device.IsClosed).Device;

    public void Set(LinkState link)
    {
        lock (gate) links[link.Index] = link;
        signal.WriteByte(1);
    }

    public void Remove(int index)
    {
        lock (gate) links.Remove(index);
        signal.WriteByte(1);
    }

    public ILinkMonitor Follow() => StartFault is null ? this : throw new Layer2StartException(StartFault);

    public IPacketDevice Open(LinkState link)
    {
        OnOpen?.Invoke();
        if (OpenFault is not null) throw new IOException(OpenFault);
        FakeDevice device = new();
        lock (gate) opened.Add((link, device));
        return device;
    }

    public void Drain()
    {
        if (DrainFault is not null) throw new IOException(DrainFault);
        readable.ReadByte();
    }

    public IReadOnlyList<LinkState> Read()
    {
        if (ReadFault is not null) throw new IOException(ReadFault);
        lock (gate)
        {
            Readings++;
            return [.. links.Values];
        }
    }

    public void Dispose()
    {
        signal.Dispose();
        readable.Dispose();
    }
}
