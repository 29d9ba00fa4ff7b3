using LbSpeaker.Core.Cluster;

namespace LbSpeaker.Cluster;

/// <summary>What nodes say about Services: status objects of one kind, by the Service that they speak of, whether it is there or not.</summary>
internal sealed class StatusBook<T>(Func<T, ObjectKey> keyOf, Func<T, ObjectKey> serviceOf) where T : class
{
    private readonly Dictionary<ObjectKey, T> byKey = [];
    private readonly Dictionary<ObjectKey, List<T>> byService = [];

    public IEnumerable<ObjectKey> Services => byService.Keys;

    public IReadOnlyList<T> Of(ObjectKey service) => byService.TryGetValue(service, out List<T>? found) ? found : [];

    /// <summary>Which Service a status object speaks of; null for one that is not there.</summary>
    public ObjectKey? ServiceOf(ObjectKey status) => byKey.TryGetValue(status, out T? found) ? serviceOf(found) : null;

    public void Set(T status)
    {
        Remove(keyOf(status));
        byKey[keyOf(status)] = status;
        if (!byService.TryGetValue(serviceOf(status), out List<T>? others)) byService[serviceOf(status)] = others = [];
        others.Add(status);
    }

    public void Remove(ObjectKey status)
    {
        if (!byKey.Remove(status, out T? old)) return;
        List<T> others = byService[serviceOf(old)];
        others.Remove(old);
        if (others.Count == 0) byService.Remove(serviceOf(old));
    }
}
