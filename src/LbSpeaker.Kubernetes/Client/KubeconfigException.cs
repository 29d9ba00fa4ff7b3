namespace LbSpeaker.Kubernetes.Client;

/// <summary>There is no way to reach an API server; the message is one line that names the file and the cure.</summary>
public sealed class KubeconfigException(string message, Exception? inner = null) : Exception(message, inner);
