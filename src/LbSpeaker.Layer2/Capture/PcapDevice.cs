using LbSpeaker.Core.Net;
using LbSpeaker.Linux;
using LbSpeaker.Linux.Links;
using SharpPcap;
using SharpPcap.LibPcap;

namespace LbSpeaker.Layer2.Capture;

/// <summary>
/// A SharpPcap device. Immediate, since otherwise an answer waits for the read time-out (a second); a small snapshot length and buffer, since the frames
/// are short and a hundred interfaces would else take half a gigabyte; read without a thread of its own.
/// </summary>
internal sealed class PcapDevice : IPacketDevice
{
    private const int SnapshotLength = 256, BufferOctets = 131072;

    private readonly LibPcapLiveDevice device;
    private readonly nint handle;

    private PcapDevice(LibPcapLiveDevice device)
    {
        this.device = device;
        device.Open(new DeviceConfiguration { Immediate = true, Snaplen = SnapshotLength, BufferSize = BufferOctets, ReadTimeout = 1000, Mode = DeviceModes.None });
        device.NonBlockingMode = true;
        handle = device.Handle.DangerousGetHandle();
        Descriptor = Linux.Pcap.SelectableDescriptor(handle);
        KernelFilter.TryAttach(Descriptor, TargetFilter.Nothing);
    }

    public int Descriptor { get; }

    public long Dropped => Linux.Pcap.Dropped(handle);

    public static PcapDevice Open(LinkState link)
    {
        LibPcapLiveDevice device = LibPcapLiveDeviceList.New().FirstOrDefault(d => d.Name == link.Name)
            ?? throw new IOException($"interface {link.Name} is not known to libpcap");
        try
        {
            return new PcapDevice(device);
        }
        catch (PcapException failure)
        {
            device.Dispose();
            throw new IOException($"interface {link.Name} cannot be opened: {failure.Message.Trim()}", failure);
        }
    }

    public bool TryRead(out ReadOnlySpan<byte> frame)
    {
        nint header = 0, data = 0;
        int status = device.GetNextPacketPointers(ref header, ref data);
        frame = status == 1 ? Linux.Pcap.Frame(header, data) : default;
        return status >= 0;
    }

    public bool TrySend(ReadOnlySpan<byte> frame)
    {
        try
        {
            device.SendPacket(frame);
            return true;
        }
        catch (PcapException)
        {
            // The link is down or gone; the link monitor says so, and the burst is sent when it is back.
            return false;
        }
    }

    public void Listen(IReadOnlyCollection<IpAddress> addresses)
    {
        // Where the kernel has no room for the tree, every request is let through and told apart here.
        if (!KernelFilter.TryAttach(Descriptor, TargetFilter.Build(addresses))) KernelFilter.TryAttach(Descriptor, TargetFilter.Requests);
    }

    public void Dispose() => device.Dispose();
}

internal sealed class PcapDeviceFactory : IPacketDeviceFactory
{
    public IPacketDevice Open(LinkState link) => PcapDevice.Open(link);
}
