using CsCheck;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Tests.Announcement;

public sealed class OwnerBookTests
{
    [Fact]
    public void No_node_owns_more_than_a_quarter_above_the_average() =>
        Gen.Select(Gen.Int[1, 12], Gen.Int[1, 200], Gen.UInt).Sample((nodes, units, seed) =>
        {
            OwnerBook book = new();
            for (int i = 0; i < units; i++) book.Set(Unit(i, seed, Nodes(nodes)));
            Assert.Equal(units, book.Settle().Count);
            int bound = (int)Math.Ceiling(1.25m * units / nodes);
            Assert.All(Loads(book, units), load => Assert.InRange(load.Value, 1, bound));
        });

    [Fact]
    public void Who_owns_goes_on_owning_whoever_joins() =>
        Gen.Select(Gen.Int[1, 8], Gen.Int[1, 60], Gen.UInt).Sample((nodes, units, seed) =>
        {
            OwnerBook book = new();
            for (int i = 0; i < units; i++) book.Set(Unit(i, seed, Nodes(nodes)));
            book.Settle();
            string[] before = [.. Owners(book, units)];
            for (int i = 0; i < units; i++) book.Set(Unit(i, seed, Nodes(nodes + 3), before[i]));
            book.Settle();
            Assert.Equal(before, Owners(book, units));
        });

    [Fact]
    public void Only_what_lost_its_owner_moves_and_finds_room() =>
        Gen.Select(Gen.Int[2, 8], Gen.Int[1, 60], Gen.UInt).Sample((nodes, units, seed) =>
        {
            OwnerBook book = new();
            for (int i = 0; i < units; i++) book.Set(Unit(i, seed, Nodes(nodes)));
            book.Settle();
            string[] before = [.. Owners(book, units)];
            ValueArray<string> left = Nodes(nodes).Where(n => n != "node-0").ToValueArray();
            for (int i = 0; i < units; i++) book.Set(Unit(i, seed, left, before[i] == "node-0" ? null : before[i]));
            book.Settle();
            Assert.All(Owners(book, units).Select((owner, i) => (owner, i)), o => Assert.True(before[o.i] == o.owner || before[o.i] == "node-0"));
            int bound = (int)Math.Ceiling(1.25m * units / left.Count);
            Assert.All(Loads(book, units), load => Assert.True(load.Value <= Math.Max(bound, before.Count(b => b == load.Key))));
        });

    /// <summary>Speakers see the records of a placement one by one, and each at another time.</summary>
    [Fact]
    public void It_does_not_matter_which_part_of_a_placement_has_been_recorded() =>
        Gen.Select(Gen.Int[1, 8], Gen.Int[1, 60], Gen.UInt, Gen.Int).Sample((nodes, units, seed, which) =>
        {
            OwnerBook whole = new(), partly = new();
            Random random = new(which);
            for (int i = 0; i < units; i++) whole.Set(Unit(i, seed, Nodes(nodes), i % 5 == 0 ? $"node-{i % nodes}" : null));
            whole.Settle();
            foreach (int i in Enumerable.Range(0, units).OrderBy(_ => random.Next()))
            {
                string? recorded = i % 5 == 0 || random.Next(2) == 0 ? whole.OwnerOf(Key(i)) : null;
                partly.Set(Unit(i, seed, Nodes(nodes), recorded));
                if (random.Next(4) == 0) partly.Settle();
            }
            partly.Settle();
            Assert.Equal(Owners(whole, units), Owners(partly, units));
        });

    /// <summary>What has no record yet is about to be claimed: it must not change its owner because others are created.</summary>
    [Fact]
    public void Younger_ones_change_nothing_for_older_ones() =>
        Gen.Select(Gen.Int[1, 8], Gen.Int[0, 40], Gen.Int[1, 40], Gen.UInt).Sample((nodes, settled, more, seed) =>
        {
            OwnerBook book = new();
            OwnedUnit Aged(int unit, string? owner) => Unit(unit, seed, Nodes(nodes), owner) with { Age = new Age(DateTimeOffset.UnixEpoch.AddDays(unit), 0) };
            for (int i = 0; i < settled; i++) book.Set(Aged(i, null));
            book.Settle();
            foreach (int i in Enumerable.Range(0, settled)) book.Set(Aged(i, book.OwnerOf(Key(i))));
            for (int i = settled; i < settled + more; i++)
            {
                string[] before = [.. Owners(book, i)];
                book.Set(Aged(i, null));
                Assert.Equal([Key(i)], book.Settle().Except(Enumerable.Range(0, settled).Select(Key)));
                Assert.Equal(before, Owners(book, i));
            }
        });

    [Fact]
    public void What_was_set_and_removed_in_between_leaves_no_trace() =>
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 3], Gen.Int[1, 3], Gen.Int[1, 2]).Array[1, 60].Sample(steps =>
        {
            OwnerBook book = new();
            Dictionary<int, OwnedUnit> present = [];
            foreach ((int unit, int owner, int electorate, int weight) in steps)
            {
                if (owner == 3) { book.Remove(Key(unit)); present.Remove(unit); }
                else book.Set(present[unit] = Unit(unit, 7, Nodes(electorate + 1), owner == 0 ? $"node-{unit % (electorate + 1)}" : null) with { Weight = weight });
                book.Settle();
                OwnerBook fresh = new();
                foreach (OwnedUnit wanted in present.Values) fresh.Set(wanted);
                fresh.Settle();
                for (int i = 0; i < 10; i++) Assert.Equal(fresh.OwnerOf(Key(i)), book.OwnerOf(Key(i)));
            }
        });

    [Fact]
    public void After_a_rebalance_no_two_nodes_differ_by_more_than_one_and_no_more_moved_than_had_to() =>
        Gen.Select(Gen.Int[1, 8], Gen.Int[1, 60], Gen.Int).Sample((nodes, units, seed) =>
        {
            OwnerBook book = new();
            Random random = new(seed);
            string[] before = [.. Enumerable.Range(0, units).Select(_ => $"node-{random.Next(nodes)}")];
            for (int i = 0; i < units; i++) book.Set(Unit(i, 3, Nodes(nodes), before[i]));
            book.Settle();
            IReadOnlyList<(ObjectKey Unit, string From, string To)> moves = book.Rebalance();
            string[] after = [.. before];
            foreach ((ObjectKey unit, string from, string to) in moves)
            {
                int moved = int.Parse(unit.Name[1..], System.Globalization.CultureInfo.InvariantCulture);
                Assert.Equal(from, after[moved]);
                after[moved] = to;
            }
            int[] loads = [.. Nodes(nodes).Select(n => after.Count(o => o == n))];
            Assert.InRange(loads.Max() - loads.Min(), 0, 1);
            int most = (units + nodes - 1) / nodes, least = units / nodes;
            int tooMany = Nodes(nodes).Sum(n => Math.Max(0, before.Count(o => o == n) - most)), tooFew = Nodes(nodes).Sum(n => Math.Max(0, least - before.Count(o => o == n)));
            Assert.Equal(Math.Max(tooMany, tooFew), moves.Count);
        });

    [Fact]
    public void What_changed_for_others_is_told()
    {
        OwnerBook book = new();
        for (int i = 0; i < 8; i++) book.Set(Unit(i, 0, Nodes(2)));
        book.Settle();
        string[] before = [.. Owners(book, 8)];
        // All of it is settled on one node: the eldest, which waits, has to go to the other one.
        for (int i = 1; i < 8; i++) book.Set(Unit(i, 0, Nodes(2), before[0]));

        IReadOnlyCollection<ObjectKey> changed = book.Settle();

        Assert.NotEqual(before[0], book.OwnerOf(Key(0)));
        Assert.Contains(Key(0), changed);
        Assert.Empty(book.Settle());
    }

    private static ObjectKey Key(int unit) => new("default", $"s{unit}");

    private static ValueArray<string> Nodes(int count) => Enumerable.Range(0, count).Select(i => $"node-{i:D}").Order(StringComparer.Ordinal).ToValueArray();

    private static OwnedUnit Unit(int unit, uint seed, ValueArray<string> nodes, string? settled = null) =>
        new(Key(unit), new Age(DateTimeOffset.UnixEpoch.AddDays(unit % 7), 0), IpAddress.FromIPv4(unchecked((uint)unit * 2654435761 + seed)), 1, nodes, settled);

    private static IEnumerable<string> Owners(OwnerBook book, int units) => Enumerable.Range(0, units).Select(i => book.OwnerOf(Key(i))!);

    private static Dictionary<string, int> Loads(OwnerBook book, int units) => Owners(book, units).CountBy(o => o).ToDictionary(StringComparer.Ordinal);
}
