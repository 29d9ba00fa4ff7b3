using System.Globalization;
using LbSpeaker.Bench.Cluster;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Bench.Scale;

/// <summary>
/// The nodes of the cluster as the API server knows them. One of them has a speaker; of the others' speakers there is what theirs write: a Lease that is renewed each second, and a
/// NodeState. Their Nodes name no address, so that nobody waits for their heartbeats.
/// </summary>
internal sealed class Fleet(ApiClient api, int count)
{
    public const string Interface = "eth0";
    private const string Leases = $"apis/coordination.k8s.io/v1/namespaces/{Seed.Home}/leases", States = $"apis/{ApiNames.OwnGroupVersion}/namespaces/{Seed.Home}/nodestates";
    private static readonly TimeSpan period = TimeSpan.FromSeconds(1);

    public static string NameOf(int node) => string.Create(CultureInfo.InvariantCulture, $"node-{node:000}");

    /// <summary>The one whose speaker runs.</summary>
    public static string RealNode => NameOf(0);

    public async Task JoinAsync(CancellationToken ct)
    {
        for (int i = 0; i < count; i++)
        {
            string name = NameOf(i);
            await api.PostJsonAsync("api/v1/nodes", $$$"""{"metadata":{"name":"{{{name}}}","labels":{"kubernetes.io/hostname":"{{{name}}}"} } }""", ct).ConfigureAwait(false);
            if (i == 0) continue;
            await api.PostJsonAsync(Leases, $$$"""
                {"metadata":{"name":"{{{ApiNames.SpeakerLeasePrefix}}}{{{name}}}","labels":{"{{{ApiNames.SpeakerNodeLabel}}}":"{{{name}}}"} },
                 "spec":{"holderIdentity":"speaker-{{{i}}}","leaseDurationSeconds":3,"renewTime":"{{{Now}}}"}}
                """, ct).ConfigureAwait(false);
            await api.PostJsonAsync(States, $$$"""{"apiVersion":"{{{ApiNames.OwnGroupVersion}}}","kind":"NodeState","metadata":{"name":"{{{name}}}","labels":{"{{{ApiNames.StatusNodeLabel}}}":"{{{name}}}"}},"spec":{}}""", ct)
                .ConfigureAwait(false);
            await api.MergeAsync($"{States}/{name}/status", $$$"""
                {"status":{"sessionsUp":0,"sessionsTotal":0,"sessions":[],"interfaces":[{"name":"{{{Interface}}}","mac":"02:00:00:00:{{{i >> 8:x2}}}:{{{i & 255:x2}}}","ipv4":true,"ipv6":true}],"addressesTotal":0,"addresses":[]}}
                """, ct).ConfigureAwait(false);
        }
    }

    /// <summary>Renews the Leases of all speakers that are not there, each once a second and one after the other, until cancelled.</summary>
    public async Task RenewAsync(CancellationToken ct)
    {
        using PeriodicTimer timer = new(period / count);
        for (int i = 0; await timer.WaitForNextTickAsync(ct).ConfigureAwait(false); i = (i + 1) % count)
            if (i != 0) await api.MergeAsync($"{Leases}/{ApiNames.SpeakerLeasePrefix}{NameOf(i)}", $$$"""{"spec":{"renewTime":"{{{Now}}}"}}""", ct).ConfigureAwait(false);
    }

    private static string Now => DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
