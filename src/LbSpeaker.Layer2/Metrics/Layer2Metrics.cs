using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Layer2.Answering;
using LbSpeaker.Linux;

namespace LbSpeaker.Layer2;

/// <summary>The counters of the room, by their Prometheus names; the first three are MetalLB's. README.md lists them. They are read when somebody asks, so that counting costs nothing.</summary>
internal sealed class Layer2Metrics : IDisposable
{
    public const string MeterName = "LbSpeaker.Layer2";

    private static readonly string[] Reasons = Enum.GetNames<IgnoreReason>(), Manners = Enum.GetNames<HeardBy>(), Outcomes = Enum.GetNames<ConflictOutcome>();
    private static readonly SendOutcome[] Failures = [.. Enum.GetValues<SendOutcome>().Where(o => o != SendOutcome.Sent)];

    private readonly ConcurrentDictionary<IpAddress, AddressCounters> addresses = new();
    private readonly ConcurrentDictionary<string, InterfaceCounters> interfaces = new(StringComparer.Ordinal);
    private readonly long[] ignored = new long[Reasons.Length], heard = new long[Manners.Length], conflicts = new long[Outcomes.Length];
    private long standstills;

    /// <param name="countDrops">Brings <see cref="InterfaceCounters.Drops"/> of the open interfaces up to date; called before they are read.</param>
    public Layer2Metrics(Action countDrops)
    {
        PerAddress("metallb_layer2_requests_received", "ARP and NDP requests for announced addresses", a => a.Requests);
        PerAddress("metallb_layer2_responses_sent", "answers to them", a => a.Responses);
        PerAddress("metallb_layer2_gratuitous_sent", "gratuitous ARP frames and unsolicited neighbor advertisements", a => a.Gratuitous);
        PerWord("lbspeaker_layer2_ignored_total", "frames that were read and came to nothing, by reason", "reason", Reasons, ignored);
        PerWord("lbspeaker_layer2_heard_total", "frames that show somebody else who has or wants an address of this node's plan", "how", Manners, heard);
        PerWord("lbspeaker_layer2_conflicts_total", "conflicts over an address, by what came of them", "outcome", Outcomes, conflicts);
        Meter.CreateObservableCounter("lbspeaker_layer2_probes_sent_total", () => interfaces.Values.Select(i => Measure(i.Probes, Label("interface", i.Name))),
            description: "questions whether anybody has an address");
        Meter.CreateObservableCounter("lbspeaker_layer2_standstills_total", () => Volatile.Read(ref standstills), description: "times that this process stood still");
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

    /// <summary>By the capture thread alone.</summary>
    public void CountHeard(HeardBy how) => Volatile.Write(ref heard[(int)how], heard[(int)how] + 1);

    /// <summary>By the announcer's loop alone.</summary>
    public void CountConflict(ConflictOutcome outcome) => Volatile.Write(ref conflicts[(int)outcome], conflicts[(int)outcome] + 1);

    /// <param name="total">Since the process started. By the announcer's loop alone.</param>
    public void SetStandstills(int total) => Volatile.Write(ref standstills, total);

    public void Dispose() => Meter.Dispose();

    private void PerAddress(string name, string description, Func<AddressCounters, long> value) =>
        Meter.CreateObservableCounter(name, () => addresses.Values.Select(a => Measure(value(a), Label("ip", a.Ip))), description: description);

    private void PerWord(string name, string description, string label, string[] words, long[] counts) =>
        Meter.CreateObservableCounter(name, () => Enumerable.Range(0, words.Length).Select(i => Measure(Volatile.Read(ref counts[i]), Label(label, words[i]))), description: description);

    private static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);

    private static Measurement<long> Measure(long value, params ReadOnlySpan<KeyValuePair<string, object?>> labels) => new(value, labels);
}
