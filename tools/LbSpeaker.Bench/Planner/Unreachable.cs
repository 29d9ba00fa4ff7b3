using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;

namespace LbSpeaker.Bench.Planner;

/// <summary>Stands where a loop wants an API server, and is never asked.</summary>
internal static class Unreachable
{
    public static KubernetesApi Api(KubernetesMetrics metrics) => new(new HttpClient(), new Uri("http://127.0.0.1:1/"), authenticate: null, TimeProvider.System, metrics);

    /// <summary>A loop over a mailbox that is full and closed runs to its end without a wait.</summary>
    public static void RunToEnd(Task loop)
    {
        if (!loop.IsCompleted) throw new InvalidOperationException("the loop waited for something");
        loop.GetAwaiter().GetResult();
    }
}
