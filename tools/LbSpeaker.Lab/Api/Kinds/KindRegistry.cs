using System.Collections.Immutable;
using LbSpeaker.Lab.Api.Storage;

namespace LbSpeaker.Lab.Api.Kinds;

/// <summary>What is served at the moment: the built-in kinds and those of the CustomResourceDefinitions. Readers see one immutable table.</summary>
internal sealed class KindRegistry
{
    private volatile Table _table;

    public KindRegistry(Store store)
    {
        var rows = BuiltInKinds.Rows.Select(r => BuiltInKinds.Resource(r, store)).ToArray();
        _table = new Table(rows.ToImmutableDictionary(Key), [.. rows], 1);
    }

    /// <summary>In the order of their making, which is discovery's order.</summary>
    public IReadOnlyList<ApiResource> All => _table.Order;

    /// <summary>Grows with every change; part of the OpenAPI documents' hashes.</summary>
    public long Generation => _table.Generation;

    public ApiResource? Find(string group, string version, string plural) => _table.ByPath.GetValueOrDefault((group, version, plural));

    public ApiResource Require(string group, string plural) =>
        _table.Order.First(r => r.Group == group && r.Plural == plural);

    public bool HasGroupVersion(string group, string version) => _table.Order.Any(r => r.Group == group && r.Version == version) || Reviews.IsGroupVersion(group, version);

    /// <summary>Replaces all versions of one resource of a group; an empty list takes it away.</summary>
    public void Replace(string group, string plural, IReadOnlyList<ApiResource> versions)
    {
        var order = _table.Order.RemoveAll(r => r.Group == group && r.Plural == plural).AddRange(versions);
        _table = new Table(order.ToImmutableDictionary(Key), order, _table.Generation + 1);
    }

    private static (string, string, string) Key(ApiResource r) => (r.Group, r.Version, r.Plural);

    private sealed record Table(ImmutableDictionary<(string, string, string), ApiResource> ByPath, ImmutableList<ApiResource> Order, long Generation);
}
