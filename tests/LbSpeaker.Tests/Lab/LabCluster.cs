using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using LbSpeaker.Commands;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Kubernetes.Writing;
using LbSpeaker.Lab.Api;
using LbSpeaker.Lab.Api.Kinds;

namespace LbSpeaker.Tests.Lab;

/// <summary>
/// A cluster in this process: the embedded API server with the real definitions, and as many controllers and speakers as a test wants, run as their
/// hosts run them, each behind a <see cref="Wire"/> of its own, all on one <see cref="LabClock"/>.
/// </summary>
internal sealed class LabCluster : IAsyncDisposable
{
    /// <summary>How long a test waits for what must come, in real time, before it fails.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Shorter than the shipped ones, in the same order: who leads has stopped before another starts.</summary>
    public static readonly ElectionTimes Election = new(TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(3.5), TimeSpan.FromSeconds(3), TimeSpan.FromMilliseconds(500));

    /// <summary>A server that enforces roles: the daemons are known by their service accounts.</summary>
    public static ApiServerOptions WithRoles { get; } = new()
    {
        Rbac = true,
        Tokens = new Dictionary<string, string>
        {
            ["people"] = "admin",
            ["controller"] = "system:serviceaccount:lbspeaker-system:lbspeaker-controller",
            ["speaker"] = "system:serviceaccount:lbspeaker-system:lbspeaker-speaker",
        },
    };

    /// <summary>How many watches a controller holds open, with two namespaces for configuration.</summary>
    public static int WatchesOfController { get; } = FeedScope.Controller("lbspeaker-system", []).Kinds.Sum(k => k.IsConfig() ? 2 : 1);

    private readonly ConcurrentBag<LabProcess> processes = [];
    private readonly ConcurrentQueue<Sent> journal = [], refused = [];
    private readonly HttpClient people;

    private LabCluster(LabClock clock, ApiServer server)
    {
        (Clock, Server) = (clock, server);
        Log = new(clock);
        people = new HttpClient { BaseAddress = server.BaseAddress, DefaultRequestHeaders = { Authorization = new("Bearer", "people") } };
        Oracle = new(server);
    }

    public LabClock Clock { get; }

    public ApiServer Server { get; }

    public Faults Faults => Server.Faults;

    public TestLog Log { get; }

    public ServiceOracle Oracle { get; }

    public FakeSegment Segment { get; } = new();

    /// <summary>All that the processes sent, in order.</summary>
    public IReadOnlyList<Sent> Journal => [.. journal];

    /// <summary>What the server answered with 403, in order.</summary>
    public IReadOnlyList<Sent> Refused => [.. refused];

    /// <summary>Writes but for the Leases: what changes something.</summary>
    public IReadOnlyList<Sent> Writes => [.. journal.Where(s => !s.IsRead && !s.IsLease)];

    public static async Task<LabCluster> StartAsync(ApiServerOptions? options = null)
    {
        LabCluster? cluster = null;
        LabClock clock = new(() => cluster is not null && cluster.processes.Any(p => p.Wire.IsBusy));
        ApiServer server = await ApiServer.StartAsync((options ?? new()) with { Time = clock }, CancellationToken.None);
        cluster = new(clock, server);
        clock.Run();
        foreach (string file in System.IO.Directory.GetFiles(Repository.PathOf("manifests", "crds"), "*.io_*.yaml").Order(StringComparer.Ordinal))
            await cluster.ApplyAsync(await File.ReadAllTextAsync(file));
        await cluster.ApplyAsync("{apiVersion: v1, kind: Namespace, metadata: {name: lbspeaker-system}}");
        return cluster;
    }

    /// <summary>Starts a controller; the name is the Pod's.</summary>
    /// <param name="tokenFile">Holds the token that it is let in by; null for that of <see cref="WithRoles"/>.</param>
    public LabController StartController(string name, string? loadBalancerClass = null, string? tokenFile = null) => Started(new LabController(this, name, loadBalancerClass, tokenFile));

    /// <summary>Starts a speaker on a node.</summary>
    /// <param name="pod">Null for one that knows of no Pod.</param>
    /// <param name="interfaces">eth0 where none are named.</param>
    /// <param name="tokenFile">As of a controller.</param>
    public LabSpeaker StartSpeaker(string node, string? pod = null, string[]? interfaces = null, string? tokenFile = null) => Started(new LabSpeaker(this, node, pod, interfaces ?? ["eth0"], tokenFile));

    public void Write(Sent sent) => journal.Enqueue(sent);

    public void Answered(Sent sent, HttpStatusCode code)
    {
        if (code == HttpStatusCode.Forbidden) refused.Enqueue(sent);
    }

    /// <summary>Creates objects, or replaces what people wrote of them.</summary>
    public async Task ApplyAsync(params IEnumerable<string> documents)
    {
        foreach (string document in documents)
        {
            JsonObject json = (JsonObject)LbSpeaker.Lab.Api.Http.Yaml.Parse(document)!;
            (string collection, string name) = PathOf(json);
            using HttpRequestMessage request = new(HttpMethod.Patch, $"{collection}/{name}?fieldManager=people&force=true") { Content = new StringContent(document, Encoding.UTF8, "application/apply-patch+yaml") };
            using HttpResponseMessage response = await people.SendAsync(request);
            if (!response.IsSuccessStatusCode) throw new InvalidOperationException($"{response.StatusCode}: {await response.Content.ReadAsStringAsync()}\n{document}");
        }
    }

    /// <summary>A merge patch by hand.</summary>
    public async Task PatchAsync(string path, string body)
    {
        using HttpRequestMessage request = new(HttpMethod.Patch, path) { Content = new StringContent(body, Encoding.UTF8, "application/merge-patch+json") };
        using HttpResponseMessage response = await people.SendAsync(request);
        if (!response.IsSuccessStatusCode) throw new InvalidOperationException($"{response.StatusCode}: {await response.Content.ReadAsStringAsync()}\n{body}");
    }

    public Task PatchServiceAsync(string name, string body, bool status = false) => PatchAsync($"api/v1/namespaces/default/services/{name}{(status ? "/status" : "")}", body);

    public async Task DeleteAsync(string path)
    {
        using HttpResponseMessage response = await people.DeleteAsync(path);
        if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.Accepted)) throw new InvalidOperationException($"{response.StatusCode}: {path}");
    }

    public Task DeleteServiceAsync(string name) => DeleteAsync($"api/v1/namespaces/default/services/{name}");

    /// <summary>Puts an object into the store that the server would not let in.</summary>
    public void Force(string group, string plural, string json) => Server.Parts.Store.Put(Kind(group, plural).Storage, (JsonObject)JsonNode.Parse(json)!);

    /// <summary>The object as it is stored, past all faults; null where there is none.</summary>
    public JsonObject? Find(string group, string plural, string ns, string name) => Server.Parts.Store.Read(Kind(group, plural).Storage).Find(ns, name)?.Parse();

    public IReadOnlyList<JsonObject> All(string group, string plural) => [.. Server.Parts.Store.Read(Kind(group, plural).Storage).In(null).Select(o => o.Parse())];

    public JsonObject Service(string name) => Find("", "services", "default", name) ?? throw new InvalidOperationException($"no Service {name}");

    /// <summary>The addresses in a Service's status, in order.</summary>
    public string AddressesOf(string service) => string.Join(" ", ServiceOracle.Addresses(Service(service)));

    /// <summary>A condition as <c>status reason: message</c>; empty where there is none.</summary>
    public string ConditionOf(string service, string type) => Condition(Service(service), "lbspeaker.io/" + type);

    public static string Condition(JsonObject from, string type) =>
        (from["status"]?["conditions"] as JsonArray)?.FirstOrDefault(c => c!["type"]!.GetValue<string>() == type) is { } c ? $"{c["status"]} {c["reason"]}: {c["message"]}" : "";

    /// <summary>How many events there are of Services.</summary>
    public int ServiceEvents => All("", "events").Count(e => e["involvedObject"]!["kind"]!.GetValue<string>() == "Service");

    /// <summary>The events about an object, oldest first, as <c>type reason: message</c>.</summary>
    public IReadOnlyList<string> EventsOf(string name) => [.. All("", "events")
        .Where(e => e["involvedObject"]!["name"]!.GetValue<string>() == name)
        .OrderBy(e => long.Parse(e["metadata"]!["resourceVersion"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture))
        .Select(e => $"{e["type"]} {e["reason"]}: {e["message"]}")];

    /// <summary>Waits for a state, in real time up to <see cref="Patience"/>; the log tells why where it does not come.</summary>
    public async Task UntilAsync(Func<bool> holds, Func<string> describe)
    {
        long began = Stopwatch.GetTimestamp();
        while (!holds())
        {
            foreach (LabProcess process in processes) process.ThrowIfFailed();
            if (Stopwatch.GetElapsedTime(began) > Patience) Assert.Fail($"not within {Patience}: {describe()}\n{Log}");
            await Task.Delay(1);
        }
    }

    public Task UntilAsync(string what, Func<bool> holds) => UntilAsync(holds, () => what);

    public Task UntilAddressesAsync(string service, string addresses) => UntilAsync(() => AddressesOf(service) == addresses, () => $"{service} holds \"{AddressesOf(service)}\", expected \"{addresses}\"");

    /// <summary>Waits until a condition begins with a text, such as <c>True Allocated</c>.</summary>
    public Task UntilConditionAsync(string service, string type, string begin) =>
        UntilAsync(() => ConditionOf(service, type).StartsWith(begin, StringComparison.Ordinal), () => $"{type} of {service} is \"{ConditionOf(service, type)}\", expected \"{begin}\"");

    /// <summary>Lets virtual time pass.</summary>
    public Task PassAsync(TimeSpan time)
    {
        DateTimeOffset until = Clock.GetUtcNow() + time;
        return UntilAsync($"{time} to pass", () => Clock.GetUtcNow() >= until);
    }

    /// <summary>Lets virtual time pass until nothing has been written for so long: whatever was on its way has arrived.</summary>
    /// <returns>How many writes there were.</returns>
    public async Task<int> QuietAsync(TimeSpan time)
    {
        int before = Writes.Count;
        DateTimeOffset since = Clock.GetUtcNow();
        await UntilAsync($"{time} without a write", () =>
        {
            if (Writes.Count != before) (before, since) = (Writes.Count, Clock.GetUtcNow());
            return Clock.GetUtcNow() - since >= time;
        });
        return before;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (LabProcess process in processes)
        {
            await process.KillAsync();
            process.Dispose();
        }
        await Oracle.DisposeAsync();
        await Clock.DisposeAsync();
        await Server.DisposeAsync();
        people.Dispose();
    }

    private T Started<T>(T process) where T : LabProcess
    {
        processes.Add(process);
        process.Start();
        return process;
    }

    private ApiResource Kind(string group, string plural) => Server.Parts.Kinds.Require(group, plural);

    private (string Collection, string Name) PathOf(JsonObject json)
    {
        string apiVersion = json["apiVersion"]!.GetValue<string>(), kind = json["kind"]!.GetValue<string>();
        ApiResource resource = Server.Parts.Kinds.All.First(r => r.ApiVersion == apiVersion && r.Kind == kind);
        string? ns = json["metadata"]!["namespace"]?.GetValue<string>();
        return ($"{(apiVersion.Contains('/', StringComparison.Ordinal) ? "apis" : "api")}/{apiVersion}/{(ns is null ? "" : $"namespaces/{ns}/")}{resource.Plural}", json["metadata"]!["name"]!.GetValue<string>());
    }
}
