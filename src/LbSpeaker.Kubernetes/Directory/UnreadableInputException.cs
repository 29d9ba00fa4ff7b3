namespace LbSpeaker.Kubernetes.Directory;

/// <summary>A directory that cannot be read as manifests at all: nothing can be planned from it. What is wrong inside one object is a fault of that object instead.</summary>
/// <param name="file">The file, or the directory itself.</param>
/// <param name="line">Counted from 1; null where the whole file is meant.</param>
/// <param name="expected">What should have stood there.</param>
public sealed class UnreadableInputException(string file, int? line, string expected)
    : Exception(line is null ? $"{file}: expected {expected}" : $"{file}:{line}: expected {expected}")
{
    public string File { get; } = file;

    public int? Line { get; } = line;

    public string Expected { get; } = expected;
}
