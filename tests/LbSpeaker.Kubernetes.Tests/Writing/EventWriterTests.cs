using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Text.RegularExpressions;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Reports;
using LbSpeaker.Kubernetes.Tests.Fakes;
using LbSpeaker.Kubernetes.Writing;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;

namespace LbSpeaker.Kubernetes.Tests.Writing;

/// <summary>What is told by several at once, or over a bad connection, is there once and is not lost.</summary>
public sealed partial class EventWriterTests : IDisposable
{
    private static readonly EventReport News = new(false, EventReason.NodeAssigned, "announcing from node \"n1\" with protocol \"layer2\"");

    private readonly ScriptedServer server = new();
    private readonly ObservedTime time = new();
    private readonly CancellationTokenSource stop = new();
    private readonly Meter meter = new(KubernetesMetrics.MeterName);
    private readonly KubernetesMetrics metrics;
    private readonly MeterListener listener = new();
    private long dropped;

    public EventWriterTests()
    {
        metrics = new(Mock.Of<IMeterFactory>(f => f.Create(It.IsAny<MeterOptions>()) == meter));
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter == meter && instrument.Name == "lbspeaker_k8s_events_dropped_total") self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref dropped, value));
        listener.Start();
    }

    public void Dispose()
    {
        stop.Cancel();
        listener.Dispose();
        metrics.Dispose();
        meter.Dispose();
        stop.Dispose();
        server.Dispose();
    }

    [Fact]
    public void Ten_thousand_Services_have_news_at_once()
    {
        EventWriter writer = new(server.NewApi(new ObservedTime()), "metallb-controller", "pod", metrics, NullLogger<EventWriter>.Instance);
        for (int i = 0; i < 10_000; i++) writer.Write(new EventSubject("v1", "Service", new("default", $"web-{i}"), ""), new EventReport(false, EventReason.IPAllocated, "Assigned"));
        Assert.Equal(0, Interlocked.Read(ref dropped));
    }

    [Fact]
    public async Task Two_reporters_at_one_tick_of_the_clock_take_two_names()
    {
        string[] names =
        [
            await FirstNameAsync("metallb-controller", "n1", "web"), await FirstNameAsync("metallb-speaker", "n1", "web"), await FirstNameAsync("metallb-speaker", "n2", "web"),
            // Neither of two words may pass for the other's.
            await FirstNameAsync("metallb-speaker", "1", "web"), await FirstNameAsync("metallb-speaker1", "", "web"),
        ];
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.All(names, name => Assert.Matches("^web\\.[0-9a-f]{16}$", name));
    }

    [Fact]
    public async Task One_reporter_takes_a_name_for_each_of_its_events()
    {
        EventWriter writer = Start("metallb-speaker", "n1");
        writer.Write(Subject("web"), News);
        writer.Write(Subject("web"), News with { Message = "another" });
        Assert.NotEqual(NameIn(await CreatedAsync()), NameIn(await CreatedAsync()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(200)]
    [InlineData(201)]
    [InlineData(253)]
    public async Task A_name_is_a_DNS_subdomain_however_long_the_objects_is(int length)
    {
        // At each second place stands a character that no name may end with.
        string subject = string.Concat(Enumerable.Range(0, length).Select(i => i % 2 == 0 ? "a" : "."));
        subject = subject.TrimEnd('.');
        string name = await FirstNameAsync("metallb-speaker", "n1", subject);
        Assert.InRange(name.Length, 1, 253);
        Assert.Matches(DnsSubdomain(), name);
        Assert.StartsWith(subject[..Math.Min(subject.Length, 199)], name, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(504)]
    public async Task Exists_already_after_a_lost_answer_means_that_it_was_written(int code)
    {
        EventWriter writer = Start("metallb-speaker", "n1");
        writer.Write(Subject("web"), News);
        writer.Write(Subject("api"), News);
        SeenRequest first = code == 0 ? await server.FailAsync() : await server.AnswerAsync(ScriptedServer.Status(code, "etcd was slow"));
        await time.PassNextPauseAsync();
        SeenRequest again = await server.AnswerAsync(ScriptedServer.Status(409, "exists already"));
        Assert.Equal(first.Body, again.Body);
        Assert.StartsWith("api.", NameIn(await CreatedAsync()), StringComparison.Ordinal);
        Assert.Equal(0, Interlocked.Read(ref dropped));
    }

    [Fact]
    public async Task A_conflict_that_is_not_about_the_name_is_tried_again()
    {
        EventWriter writer = Start("metallb-speaker", "n1");
        writer.Write(Subject("web"), News);
        SeenRequest first = await server.AnswerAsync(ScriptedServer.Status(409, "the quota was changed meanwhile"));
        await time.PassNextPauseAsync();
        Assert.Equal(first.Body, (await CreatedAsync()).Body);
        Assert.Equal(0, Interlocked.Read(ref dropped));
    }

    [Fact]
    public async Task What_the_server_refuses_is_counted()
    {
        EventWriter writer = Start("metallb-speaker", "n1");
        writer.Write(Subject("web"), News);
        writer.Write(Subject("api"), News);
        await server.AnswerAsync(ScriptedServer.Status(422, "no"));
        await CreatedAsync();
        Assert.Equal(1, Interlocked.Read(ref dropped));
    }

    private EventWriter Start(string component, string instance)
    {
        EventWriter writer = new(server.NewApi(time), component, instance, metrics, NullLogger<EventWriter>.Instance);
        _ = writer.RunAsync(stop.Token);
        return writer;
    }

    private async Task<string> FirstNameAsync(string component, string instance, string subject)
    {
        Start(component, instance).Write(Subject(subject), News);
        return NameIn(await CreatedAsync());
    }

    private Task<SeenRequest> CreatedAsync() => server.AnswerAsync(ScriptedServer.Json("{}"));

    private static EventSubject Subject(string name) => new("v1", "Service", new ObjectKey("default", name), "uid-" + name);

    private static string NameIn(SeenRequest request)
    {
        Assert.Equal(("POST", "api/v1/namespaces/default/events"), (request.Method, request.Path));
        using JsonDocument body = JsonDocument.Parse(request.Body);
        return body.RootElement.GetProperty("metadata").GetProperty("name").GetString()!;
    }

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")]
    private static partial Regex DnsSubdomain();
}
