namespace LbSpeaker.Core.Cluster;

/// <summary>Names a Service or an IPClaim among all that may hold an address.</summary>
public readonly record struct HolderName(bool IsClaim, ObjectKey Key) : IComparable<HolderName>
{
    public static HolderName OfService(ObjectKey key) => new(false, key);

    public static HolderName OfClaim(ObjectKey key) => new(true, key);

    /// <summary>IPClaims before Services, then by namespace and name.</summary>
    public int CompareTo(HolderName other) => IsClaim != other.IsClaim ? other.IsClaim.CompareTo(IsClaim) : Key.CompareTo(other.Key);

    /// <summary><c>namespace/name</c>, of an IPClaim with its kind before it.</summary>
    public override string ToString() => IsClaim ? $"the IPClaim {Key}" : Key.ToString();

    public static bool operator <(HolderName left, HolderName right) => left.CompareTo(right) < 0;

    public static bool operator >(HolderName left, HolderName right) => left.CompareTo(right) > 0;

    public static bool operator <=(HolderName left, HolderName right) => left.CompareTo(right) <= 0;

    public static bool operator >=(HolderName left, HolderName right) => left.CompareTo(right) >= 0;
}
