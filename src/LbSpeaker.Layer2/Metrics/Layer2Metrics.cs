using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using LbSpeaker.Core.Net;
using LbSpeaker.Layer2.Answering;
using LbSpeaker.Linux;

namespace LbSpeaker.Layer2;

/// <summary>The counters of the room, by their Prometheus names; the first three are MetalLB's. README.md lists them. They are read when somebody asks, so that counting costs nothing.</summary>
internal sealed class Layer2Metrics : IDisposable
{
    public const string MeterName = "LbSpeaker.Layer2";

    private static readonly string[] Reasons = Enum.GetNames<IgnoreReason>();
    private static readonly SendOutcome[] Failures = [.. Enum.GetValues<SendOutcome>().Where(o => o != SendOutcome.Sent)];

    private readonly ConcurrentDictionary<IpAddress, AddressCounters> addresses = new();
    private readonly ConcurrentDictionary<string, InterfaceCounters> interfaces = new(StringComparer.Ordinal);
    private readonly long[] ignored = new long[Reasons.Length];

    /// <param name="countDrops">Brings <see cref="InterfaceCounters.Drops"/> of the open interfaces up to date; called before they are read.</param>
    public Layer2Metrics(Action countDrops)
    {
        PerAddress("metallb_layer2_requests_received", "ARP and NDP requests for announced addresses", a => a.Requests);
        PerAddress("metallb_layer2_responses_sent", "answers to them", a => a.Responses);
        PerAddress("metallb_layer2_gratuitous_sent", "gratuitous ARP frames and unsolicited neighbor advertisements", a => a.Gratuitous);
        Meter.CreateObservableCounter("lbspeaker_layer2_ignored_total", () => Enumerable.Range(0, Reasons.Length).Select(i => Measure(Volatile.Read(ref ignored[i]), Label("reason", Reasons[i]))),
            description: "frames that were read and not answered, by reason");
        Meter.CreateObservableCounter("lbspeaker_layer2_send_failures_total",
            () => interfaces.Values.SelectMany(i => Failures, (i, f) => Measure(i.Sends(f), Label("interface", i.Name), Label("cause", f.ToString()))),
            description: "answers and announcements that could not be sent");
        Meter.CreateObservableCounter("lbspeaker_layer2_capture_drops_total", () =>
        {
            countDrops();
            return interfaces.Values.Select(i => Measure(i.Drops, Label("interface", i.Name)));
        }, description: "frames that the kernel dropped unread");
    }

    public Meter Meter { get; } = new(MeterName);

    public AddressCounters Of(IpAddress address) => addresses.GetOrAdd(address, static a => new AddressCounters(a));

    public InterfaceCounters Of(string interfaceName) => interfaces.GetOrAdd(interfaceName, static n => new InterfaceCounters(n));

    /// <summary>By the capture thread alone.</summary>
    public void CountIgnored(IgnoreReason reason) => Volatile.Write(ref ignored[(int)reason], ignored[(int)reason] + 1);

    public void Dispose() => Meter.Dispose();

    private void PerAddress(string name, string description, Func<AddressCounters, long> value) =>
        Meter.CreateObservableCounter(name, () => addresses.Values.Select(a => Measure(value(a), Label("ip", a.Ip))), description: description);

    private static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);

    private static Measurement<long> Measure(long value, params ReadOnlySpan<KeyValuePair<string, object?>> labels) => new(value, labels);
}
