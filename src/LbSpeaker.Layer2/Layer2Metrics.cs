using System.Diagnostics.Metrics;
using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Answering;

namespace LbSpeaker.Layer2;

/// <summary>The counters of the room, by their Prometheus names; the first three are MetalLB's. README.md lists them.</summary>
public sealed class Layer2Metrics : IDisposable
{
    public const string MeterName = "LbSpeaker.Layer2";

    private static readonly string[] Reasons = Enum.GetNames<IgnoreReason>();
    private readonly Meter meter = new(MeterName);
    private readonly Counter<long> requests, responses, gratuitous, ignored;

    /// <param name="dropped">Frames dropped by the kernel, per interface name.</param>
    public Layer2Metrics(Func<IEnumerable<(string Interface, long Frames)>> dropped)
    {
        requests = meter.CreateCounter<long>("metallb_layer2_requests_received", description: "ARP and NDP requests for announced addresses");
        responses = meter.CreateCounter<long>("metallb_layer2_responses_sent", description: "answers to them");
        gratuitous = meter.CreateCounter<long>("metallb_layer2_gratuitous_sent", description: "gratuitous ARP frames and unsolicited neighbor advertisements");
        ignored = meter.CreateCounter<long>("lbspeaker_layer2_ignored_total", description: "frames that were read and not answered, by reason");
        meter.CreateObservableCounter("lbspeaker_layer2_capture_drops_total",
            () => dropped().Select(d => new Measurement<long>(d.Frames, new KeyValuePair<string, object?>("interface", d.Interface))), description: "frames that the kernel dropped unread");
    }

    internal void Answered(IpAddress address, bool sent)
    {
        if (!requests.Enabled) return;
        KeyValuePair<string, object?> ip = new("ip", address.ToString());
        requests.Add(1, ip);
        if (sent) responses.Add(1, ip);
    }

    internal void Announced(IpAddress address, int frames) => gratuitous.Add(frames, new KeyValuePair<string, object?>("ip", address.ToString()));

    internal void Ignored(IgnoreReason reason) => ignored.Add(1, new KeyValuePair<string, object?>("reason", Reasons[(int)reason]));

    public void Dispose() => meter.Dispose();
}
