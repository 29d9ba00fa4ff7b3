namespace LbSpeaker.Core.Cluster;

/// <summary>Names one namespaced object; sorts by namespace, then name (ordinal).</summary>
public readonly record struct ObjectKey(string Namespace, string Name) : IComparable<ObjectKey>
{
    public int CompareTo(ObjectKey other) =>
        string.CompareOrdinal(Namespace, other.Namespace) is var order && order != 0 ? order : string.CompareOrdinal(Name, other.Name);

    /// <summary><c>namespace/name</c>, as Kubernetes logs it.</summary>
    public override string ToString() => $"{Namespace}/{Name}";

    public static bool operator <(ObjectKey left, ObjectKey right) => left.CompareTo(right) < 0;

    public static bool operator >(ObjectKey left, ObjectKey right) => left.CompareTo(right) > 0;

    public static bool operator <=(ObjectKey left, ObjectKey right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ObjectKey left, ObjectKey right) => left.CompareTo(right) >= 0;
}
