using System.Globalization;

namespace LbSpeaker.Bench.Cluster;

/// <summary>Fills an empty API server: our CustomResourceDefinitions, a pool with its advertisement, a node, and Services.</summary>
internal sealed class Seed(ApiClient api)
{
    public const string Node = "node1";
    public const string Home = "lbspeaker-system";
    private const string Group = "apis/metallb.io/v1beta1", Services = "api/v1/namespaces/default/services";
    private const int WarmUps = 400;

    /// <param name="crds">The folder with the CustomResourceDefinitions.</param>
    /// <param name="addresses">What the pool has.</param>
    public async Task SurroundingsAsync(string crds, IEnumerable<string> addresses, CancellationToken ct)
    {
        foreach (string file in Directory.GetFiles(crds, "*.io_*.yaml").Order(StringComparer.Ordinal))
            await api.PostAsync("apis/apiextensions.k8s.io/v1/customresourcedefinitions", await File.ReadAllTextAsync(file, ct).ConfigureAwait(false), ct).ConfigureAwait(false);
        await api.PostAsync("api/v1/namespaces", $"metadata: {{name: {Home}}}", ct).ConfigureAwait(false);
        await api.PostAsync("api/v1/nodes", $"metadata: {{name: {Node}}}", ct).ConfigureAwait(false);
        await api.PostAsync($"{Group}/namespaces/{Home}/ipaddresspools", $"""
            apiVersion: metallb.io/v1beta1
            kind: IPAddressPool
            metadata:
              name: bench
            spec:
              addresses: [{string.Join(", ", addresses.Select(a => $"\"{a}\""))}]
            """, ct).ConfigureAwait(false);
        await api.PostAsync($"{Group}/namespaces/{Home}/l2advertisements", """
            apiVersion: metallb.io/v1beta1
            kind: L2Advertisement
            metadata: {name: bench}
            spec: {ipAddressPools: [bench]}
            """, ct).ConfigureAwait(false);
    }

    /// <summary>
    /// Lets the server do a few hundred times what a controller will ask of it. It runs under the JIT, and its first writes would take several times as long as later ones:
    /// no controller meets an API server that nobody has written to.
    /// </summary>
    public async Task WarmUpAsync(CancellationToken ct)
    {
        for (int i = 0; i < WarmUps; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"warm-up-{i:000}");
            await ServiceAsync(name, ct).ConfigureAwait(false);
            await HoldAsync(name, ["203.0.113.1"], ct).ConfigureAwait(false);
            await api.PostAsync("api/v1/namespaces/default/events", $"""
                metadata:
                  name: {name}
                involvedObject:
                  kind: Service
                  namespace: default
                  name: {name}
                reason: WarmUp
                type: Normal
                """, ct).ConfigureAwait(false);
            await api.DeleteAsync($"{Services}/{name}", ct).ConfigureAwait(false);
        }
    }

    /// <summary>A Service that waits for an IPv4 address.</summary>
    public Task ServiceAsync(string name, CancellationToken ct) => ServiceAsync(name, "IPv4", ct);

    /// <summary>A Service that holds addresses, one of each family, as a controller left it, with an endpoint on the node.</summary>
    public async Task HoldingServiceAsync(string name, IReadOnlyList<string> addresses, CancellationToken ct)
    {
        await ServiceAsync(name, "IPv4, IPv6", ct).ConfigureAwait(false);
        await HoldAsync(name, addresses, ct).ConfigureAwait(false);
        await api.PostAsync("apis/discovery.k8s.io/v1/namespaces/default/endpointslices", $"""
            metadata:
              name: {name}-1
              labels:
                kubernetes.io/service-name: {name}
            addressType: IPv4
            ports:
            - port: 8080
            endpoints:
            - addresses: [192.0.2.1]
              nodeName: {Node}
            """, ct).ConfigureAwait(false);
    }

    private Task HoldAsync(string name, IReadOnlyList<string> addresses, CancellationToken ct)
    {
        string ingress = string.Join(", ", addresses.Select(a => $$"""{"ip": "{{a}}"}"""));
        return api.PatchAsync($"{Services}/{name}/status", $$$$"""
            {"metadata": {"annotations": {"metallb.io/ip-allocated-from-pool": "bench"}}, "status": {"loadBalancer": {"ingress": [{{{{ingress}}}}]}}}
            """, ct);
    }

    private Task ServiceAsync(string name, string families, CancellationToken ct) => api.PostAsync(Services, $"""
        metadata:
          name: {name}
        spec:
          type: LoadBalancer
          ipFamilyPolicy: PreferDualStack
          ipFamilies: [{families}]
          selector:
            app: web
          ports:
          - port: 80
        """, ct);
}
