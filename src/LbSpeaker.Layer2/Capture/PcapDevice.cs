using LbSpeaker.Core.Net;
using LbSpeaker.Linux;
using SharpPcap;
using SharpPcap.LibPcap;

namespace LbSpeaker.Layer2.Capture;

/// <summary>
/// A SharpPcap device. Immediate, since otherwise an answer waits for the read time-out (a second); a small snapshot length and buffer, since the frames
/// are short and a hundred interfaces would else take half a gigabyte; read without a thread of its own. What SharpPcap does slowly or wrongly (sending, counting
/// drops, changing the filter) goes past it to the socket.
/// </summary>
internal sealed class PcapDevice : IPacketDevice
{
    private const int BufferOctets = 131072;

    private readonly LibPcapLiveDevice device;
    private readonly SolicitedNodeGroups groups;
    private readonly nint handle;
    private readonly long partsOfSecond;
    private nint lastHeader;

    /// <exception cref="PcapException">It cannot be opened.</exception>
    public PcapDevice(PcapInterface known, int interfaceIndex)
    {
        device = new LibPcapLiveDevice(known);
        groups = new SolicitedNodeGroups(interfaceIndex);
        try
        {
            device.Open(new DeviceConfiguration { Immediate = true, Snaplen = TargetFilter.SnapshotLength, BufferSize = BufferOctets, ReadTimeout = 1000, Mode = DeviceModes.None });
            device.NonBlockingMode = true;
        }
        catch (PcapException)
        {
            device.Dispose();
            throw;
        }
        handle = device.Handle.DangerousGetHandle();
        partsOfSecond = device.TimestampResolution == TimestampResolution.Nanosecond ? 1_000_000_000 : 1_000_000;
        Descriptor = Linux.Pcap.SelectableDescriptor(handle);
        Listen([]);
    }

    public int Descriptor { get; }

    public long Dropped => Linux.Pcap.Dropped(handle);

    public TimeSpan Waited => TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch - Linux.Pcap.TakenAt(lastHeader, partsOfSecond);

    public bool TryRead(out ReadOnlySpan<byte> frame)
    {
        nint header = 0, data = 0;
        int status = device.GetNextPacketPointers(ref header, ref data);
        lastHeader = header;
        frame = status == 1 ? Linux.Pcap.Frame(header, data) : default;
        return status >= 0;
    }

    public SendOutcome Send(ReadOnlySpan<byte> frame) => PacketSocket.Send(Descriptor, frame);

    public string? Listen(IReadOnlyCollection<IpAddress> addresses)
    {
        Filter(addresses);
        return groups.Set(addresses);
    }

    public void Dispose()
    {
        device.Dispose();
        groups.Dispose();
    }

    /// <summary>Where the kernel has no room for the filter, one that lets through more; in the end all. What is announced is never missed.</summary>
    private void Filter(IReadOnlyCollection<IpAddress> addresses)
    {
        for (int runs = TargetFilter.MaxRuns; runs > 0; runs /= 2)
            if (KernelFilter.TryAttach(Descriptor, TargetFilter.Build(addresses, runs))) return;
        KernelFilter.Detach(Descriptor);
    }
}
