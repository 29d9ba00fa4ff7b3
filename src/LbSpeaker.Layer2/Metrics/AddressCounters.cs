using LbSpeaker.Core.Net;

namespace LbSpeaker.Layer2;

/// <summary>
/// What is counted of one announced address. Looked up when it is announced and never again, so that counting an answer is one addition; kept for the life of the
/// process, so that an address that leaves and comes back goes on where it was. Each counter has one writer, and any thread may read.
/// </summary>
internal sealed class AddressCounters(IpAddress address)
{
    private long requests, responses, gratuitous;

    public IpAddress Address { get; } = address;

    /// <summary>The label <c>ip</c> of its metrics.</summary>
    public string Ip { get; } = address.ToString();

    public long Requests => Volatile.Read(ref requests);

    public long Responses => Volatile.Read(ref responses);

    public long Gratuitous => Volatile.Read(ref gratuitous);

    /// <summary>By the capture thread alone.</summary>
    public void CountRequest(bool answered)
    {
        Volatile.Write(ref requests, requests + 1);
        if (answered) Volatile.Write(ref responses, responses + 1);
    }

    /// <summary>By the announcer's loop alone.</summary>
    public void CountGratuitous() => Volatile.Write(ref gratuitous, gratuitous + 1);
}
