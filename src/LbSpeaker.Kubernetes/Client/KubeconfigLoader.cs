using System.Security.Cryptography;
using k8s;
using LbSpeaker.Kubernetes.Directory;

namespace LbSpeaker.Kubernetes.Client;

/// <summary>Finds the API server: the file that is named, else $KUBECONFIG, else the Pod's service account, else ~/.kube/config.</summary>
internal static class KubeconfigLoader
{
    public static ClusterAccess Load(string? path)
    {
        if (path is { Length: > 0 }) return FromFiles([path], "--kubeconfig");
        if (Environment.GetEnvironmentVariable("KUBECONFIG") is { Length: > 0 } variable) return FromFiles(variable.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries), "KUBECONFIG");
        if (KubernetesClientConfiguration.IsInCluster()) return InCluster();
        string home = KubernetesClientConfiguration.KubeConfigDefaultLocation;
        if (File.Exists(home)) return FromFiles([home], "the default");
        throw new KubeconfigException($"no API server is known: not in a Pod, KUBECONFIG is not set and {home} does not exist; name a kubeconfig with --kubeconfig");
    }

    private static ClusterAccess FromFiles(string[] paths, string origin)
    {
        string named = string.Join(", ", paths);
        foreach (string path in paths)
            if (!File.Exists(path)) throw new KubeconfigException($"kubeconfig {path} ({origin}) does not exist; give the path of a readable file");
        try
        {
            return Kubeconfig.Read(paths);
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
            return new(new Uri(pod.Host), null, ServerTrust.By(pod.SslCaCerts), k8s.Kubernetes.CreateCredentials(pod));
        }
        // The package lets file and certificate errors through as they are: whatever it says, the Pod's service account is what the user can mend.
        catch (Exception exception) when (exception is not (OutOfMemoryException or OperationCanceledException))
        {
            throw new KubeconfigException($"the Pod's service account cannot be used: {OneLine(exception)}; check automountServiceAccountToken and serviceAccountName", exception);
        }
    }

    internal static string OneLine(Exception exception) => exception.Message.ReplaceLineEndings(" ").Trim().TrimEnd('.');
}
