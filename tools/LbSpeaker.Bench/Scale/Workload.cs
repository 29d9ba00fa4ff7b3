using System.Globalization;
using System.Text.Json;
using LbSpeaker.Bench.Cluster;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Writing;

namespace LbSpeaker.Bench.Scale;

/// <summary>The Services, their endpoints, and what the speakers that are not there said of them.</summary>
internal sealed class Workload(ApiClient api, int nodes)
{
    private const string Namespace = "default", Services = $"api/v1/namespaces/{Namespace}/services", Slices = $"apis/discovery.k8s.io/v1/namespaces/{Namespace}/endpointslices";
    private const string Statuses = $"apis/{ApiNames.GroupVersion}/namespaces/{Seed.Home}/servicel2statuses";
    private const int Creators = 8;

    /// <summary>Several at a time, as many clients would.</summary>
    public static Task EachAsync(int count, Func<int, CancellationToken, ValueTask> step, CancellationToken ct) =>
        Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = Creators, CancellationToken = ct }, step);

    public static string NameOf(string prefix, int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}-{number:00000}");

    /// <summary>A Service whose endpoints stand on two nodes, one of which is the one that owns its address.</summary>
    public async Task CreateAsync(string name, int number, CancellationToken ct)
    {
        await PostSliceAsync(name, [number % nodes, (number + 1) % nodes], ct).ConfigureAwait(false);
        await PostAsync(name, "Cluster", ct).ConfigureAwait(false);
    }

    /// <summary>A Service that the real speaker alone can announce: its traffic is local, and its endpoint stands there.</summary>
    public async Task CreateHereAsync(string name, CancellationToken ct)
    {
        await PostSliceAsync(name, [0], ct).ConfigureAwait(false);
        await PostAsync(name, "Local", ct).ConfigureAwait(false);
    }

    /// <summary>One endpoint becomes unready, or ready again.</summary>
    public Task ChangeAsync(string name, int number, bool isReady, CancellationToken ct) =>
        api.MergeAsync($"{Slices}/{name}-x", $$"""{"endpoints":[{{Endpoint(number % nodes, true)}},{{Endpoint((number + 1) % nodes, isReady)}}]}""", ct);

    /// <summary>What the owner of a Service's address said of it before.</summary>
    /// <returns>The address.</returns>
    public async Task<string> OwnAsync(string name, int number, CancellationToken ct)
    {
        string address;
        using (JsonDocument service = await api.GetAsync($"{Services}/{name}", ct).ConfigureAwait(false))
            address = service.RootElement.GetProperty("status").GetProperty("loadBalancer").GetProperty("ingress")[0].GetProperty("ip").GetString()!;
        string status = ServiceL2StatusWriter.NameOf(new ObjectKey(Namespace, name)), node = Fleet.NameOf(number % nodes);
        await api.PostJsonAsync(Statuses, $$$"""
            {"apiVersion":"{{{ApiNames.GroupVersion}}}","kind":"ServiceL2Status","metadata":{"name":"{{{status}}}","labels":
             {"metallb.io/node":"{{{node}}}","metallb.io/service-name":"{{{name}}}","metallb.io/service-namespace":"{{{Namespace}}}"}},"spec":{}}
            """, ct).ConfigureAwait(false);
        await api.MergeAsync($"{Statuses}/{status}/status", $$$"""
            {"status":{"node":"{{{node}}}","serviceName":"{{{name}}}","serviceNamespace":"{{{Namespace}}}","interfaces":[{"name":"{{{Fleet.Interface}}}"}],"addresses":["{{{address}}}"],"since":"2026-01-01T00:00:00Z"}}
            """, ct).ConfigureAwait(false);
        return address;
    }

    private Task PostAsync(string name, string policy, CancellationToken ct) => api.PostJsonAsync(Services, $$$"""
        {"metadata":{"name":"{{{name}}}","labels":{"app.kubernetes.io/name":"{{{name}}}","app.kubernetes.io/part-of":"shop"}},
         "spec":{"type":"LoadBalancer","externalTrafficPolicy":"{{{policy}}}","allocateLoadBalancerNodePorts":false,"selector":{"app.kubernetes.io/name":"{{{name}}}"},
          "ports":[{"name":"http","port":80,"targetPort":8080},{"name":"https","port":443,"targetPort":8443}]}}
        """, ct);

    private Task PostSliceAsync(string name, IEnumerable<int> on, CancellationToken ct) => api.PostJsonAsync(Slices, $$$"""
        {"metadata":{"name":"{{{name}}}-x","labels":{"{{{ApiNames.ServiceNameLabel}}}":"{{{name}}}"}},"addressType":"IPv4",
         "ports":[{"name":"http","port":8080,"protocol":"TCP"},{"name":"https","port":8443,"protocol":"TCP"}],
         "endpoints":[{{{string.Join(',', on.Select(n => Endpoint(n, true)))}}}]}
        """, ct);

    private static string Endpoint(int node, bool isReady)
    {
        string ready = isReady ? "true" : "false", name = Fleet.NameOf(node);
        return $$$"""{"addresses":["203.0.113.{{{node % 254 + 1}}}"],"nodeName":"{{{name}}}","conditions":{"ready":{{{ready}}},"serving":{{{ready}}}},"targetRef":{"kind":"Pod","namespace":"{{{Namespace}}}","name":"pod-on-{{{name}}}"}}""";
    }
}
