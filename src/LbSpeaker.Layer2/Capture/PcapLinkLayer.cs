using LbSpeaker.Linux;
using LbSpeaker.Linux.Links;
using SharpPcap;
using SharpPcap.LibPcap;

namespace LbSpeaker.Layer2.Capture;

/// <summary>The real links: rtnetlink and libpcap.</summary>
internal sealed class PcapLinkLayer : ILinkLayer
{
    // libpcap opens by name, but SharpPcap makes a device only from what it has listed itself, and listing looks at every interface of the machine.
    private Dictionary<string, PcapInterface> listed = [];

    public ILinkMonitor Follow()
    {
        if (!Linux.Pcap.IsInstalled) throw new Layer2StartException("libpcap is missing: install the package libpcap0.8 (or your system's libpcap)");
        if (!Capabilities.Has(Capabilities.NetRaw)) throw new Layer2StartException("the capability NET_RAW is missing: run as root, or give the container securityContext.capabilities.add: [NET_RAW]");
        return new LinkMonitor();
    }

    public IPacketDevice Open(LinkState link)
    {
        try
        {
            if (!listed.ContainsKey(link.Name)) listed = LibPcapLiveDeviceList.New().ToDictionary(d => d.Name, d => d.Interface!);
            return listed.TryGetValue(link.Name, out PcapInterface? known) ? new PcapDevice(known, link.Index) : throw new IOException($"interface {link.Name} is not known to libpcap");
        }
        catch (PcapException failure)
        {
            throw new IOException($"interface {link.Name} cannot be opened: {failure.Message.Trim()}", failure);
        }
    }
}
