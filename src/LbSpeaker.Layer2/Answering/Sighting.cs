using LbSpeaker.Core.Net;

namespace LbSpeaker.Layer2.Answering;

/// <summary>How somebody else showed that he has an address, or wants it. A closed set whose names are an API: the label <c>how</c> of <c>lbspeaker_layer2_heard_total</c>. README.md lists them.</summary>
public enum HeardBy
{
    /// <summary>An ARP request that he sent from the address: an announcement, or a question for anybody else.</summary>
    ArpRequest,
    /// <summary>An ARP reply that says so.</summary>
    ArpReply,
    /// <summary>An ARP probe (RFC 5227 section 1.1): he does not have it, and is about to.</summary>
    ArpProbe,
    /// <summary>A Neighbor Advertisement that says so.</summary>
    Advertisement,
    /// <summary>The solicitation of duplicate address detection (RFC 4862 section 5.4.2): he does not have it, and is about to.</summary>
    DuplicateDetection,
}

/// <summary>Somebody else has or wants an address that is of concern here.</summary>
/// <param name="Mac">Where he says that the address is or will be; not always who sent the frame.</param>
internal readonly record struct Sighting(IpAddress Address, MacAddress Mac, HeardBy How)
{
    /// <summary>He has it; else he wants it.</summary>
    public bool HasIt => How is not (HeardBy.ArpProbe or HeardBy.DuplicateDetection);
}
