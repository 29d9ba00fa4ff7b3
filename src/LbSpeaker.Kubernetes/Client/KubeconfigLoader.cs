using System.Security.Cryptography;
using k8s;
using k8s.Authentication;
using LbSpeaker.Kubernetes.Directory;

namespace LbSpeaker.Kubernetes.Client;

/// <summary>Finds the API server: the file that is named, else $KUBECONFIG, else the Pod's service account, else ~/.kube/config.</summary>
internal static class KubeconfigLoader
{
    /// <summary>Where the kubelet puts the cluster's authority and the account's token, and changes them.</summary>
    private const string AuthorityOfPod = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt", TokenOfPod = "/var/run/secrets/kubernetes.io/serviceaccount/token";

    /// <param name="context">The context that counts; null for each file's own choice. A Pod's service account has none, so where one is named it is not asked.</param>
    public static ClusterAccess Load(string? path, string? context)
    {
        if (path is { Length: > 0 }) return FromFiles([path], "--kubeconfig", context);
        if (Environment.GetEnvironmentVariable("KUBECONFIG") is { Length: > 0 } variable) return FromFiles(variable.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries), "KUBECONFIG", context);
        if (context is null && KubernetesClientConfiguration.IsInCluster()) return InCluster();
        string home = KubernetesClientConfiguration.KubeConfigDefaultLocation;
        if (File.Exists(home)) return FromFiles([home], "the default", context);
        throw new KubeconfigException($"no API server is known: not in a Pod, KUBECONFIG is not set and {home} does not exist; name a kubeconfig with --kubeconfig");
    }

    private static ClusterAccess FromFiles(string[] paths, string origin, string? context)
    {
        string named = string.Join(", ", paths);
        foreach (string path in paths)
            if (!File.Exists(path)) throw new KubeconfigException($"kubeconfig {path} ({origin}) does not exist; give the path of a readable file");
        try
        {
            return Kubeconfig.Read(paths, context);
        }
        catch (Exception exception) when (exception is InvalidDataException or UnreadableInputException or IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new KubeconfigException($"kubeconfig {named} ({origin}) cannot be used: {OneLine(exception)}; check it with kubectl --kubeconfig {paths[0]} version", exception);
        }
    }

    private static ClusterAccess InCluster()
    {
        try
        {
            KubernetesClientConfiguration pod = KubernetesClientConfiguration.InClusterConfig();
            return new(new Uri(pod.Host), null, ServerTrust.ByFile(AuthorityOfPod), new TokenCredentials(new TokenFile(TokenOfPod))) { Namespace = pod.Namespace, TokenFile = TokenOfPod };
        }
        // The package lets file and certificate errors through as they are: whatever it says, the Pod's service account is what the user can mend.
        catch (Exception exception) when (exception is not (OutOfMemoryException or OperationCanceledException))
        {
            throw new KubeconfigException($"the Pod's service account cannot be used: {OneLine(exception)}; check automountServiceAccountToken and serviceAccountName", exception);
        }
    }

    internal static string OneLine(Exception exception) => exception.Message.ReplaceLineEndings(" ").Trim().TrimEnd('.');
}
