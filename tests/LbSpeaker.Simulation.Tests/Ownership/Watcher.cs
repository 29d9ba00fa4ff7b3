using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Simulation.Tests.Virtual;

namespace LbSpeaker.Simulation.Tests.Ownership;

/// <summary>What must never be, and was. README.md says what each means.</summary>
internal enum Invariant { OneAnswersInTheEnd, NobodyAnswersUnplanned, SomebodyAnswersSoon, NoAddressTwice, NothingMovesWithoutReason, TwoAnswerBriefly }

internal sealed class BrokenInvariantException(Invariant invariant, string how) : Exception($"{invariant}: {how}")
{
    public Invariant Invariant => invariant;
}

/// <summary>Why the nodes or Services that it concerns may change owners, and for how long two may answer.</summary>
/// <param name="Divides">A partition, a cut or a freeze: who cannot know of each other may both answer.</param>
internal sealed record Disturbance(string What, IReadOnlyCollection<string> Nodes, ObjectKey? Service, bool Divides)
{
    public TimeSpan Begin { get; set; }

    /// <summary>Null while it lasts.</summary>
    public TimeSpan? End { get; set; }

    /// <summary>How many speakers were at work when there were fewest, those that something else kept off the segment not among them.</summary>
    public int Fewest { get; set; } = int.MaxValue;
}

/// <summary>Looks at who answers for what whenever that may have changed, and holds it against the invariants.</summary>
internal sealed class Watcher(World world)
{
    /// <summary>What a disturbance may still cause after it has ended: sessions and watches come back, and both take seconds.</summary>
    public static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(10);

    /// <summary>Two may answer for so long where nothing keeps them from knowing of each other: one hands over (1 s), or has not heard yet that it is to.</summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromSeconds(2);

    /// <summary>Who has answered alone for so long is the owner.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(1);

    private sealed class Book
    {
        public SortedSet<string> Answering { get; } = new(StringComparer.Ordinal);

        public TimeSpan Since { get; set; }

        public TimeSpan? SeveralSince { get; set; }

        /// <summary>The Service that had it when that changed last, gone or not: what was done to it is what it has moved for.</summary>
        public ObjectKey? Holder { get; set; }

        /// <summary>Who answered alone and long enough.</summary>
        public string? Owner { get; set; }

        /// <summary>The owner has stood recorded as such.</summary>
        public bool IsRecorded { get; set; }
    }

    private readonly SortedDictionary<IpAddress, Book> books = [];
    private readonly Dictionary<string, HashSet<IpAddress>> answered = [];
    private readonly List<Disturbance> disturbances = [];

    public Disturbance Begin(string what, IReadOnlyCollection<string> nodes, ObjectKey? service = null, bool divides = false)
    {
        Disturbance disturbance = new(what, nodes, service, divides) { Begin = world.Now };
        disturbances.Add(disturbance);
        return disturbance;
    }

    public void End(Disturbance disturbance) => disturbance.End ??= world.Now;

    /// <summary>Something that happens at a moment.</summary>
    public void Note(string what, IReadOnlyCollection<string> nodes, ObjectKey? service = null) => End(Begin(what, nodes, service));

    public void Look(VirtualSpeaker speaker)
    {
        if (IsOver) return;
        foreach (Disturbance disturbance in disturbances)
            if (disturbance.End is null || disturbance.End + Aftermath >= world.Now)
                disturbance.Fewest = Math.Min(disturbance.Fewest, world.Speakers.Count(s => s.IsActing && (world.Network.IsOnSegment(s.Node) || disturbance.Nodes.Contains(s.Node))));
        HashSet<IpAddress> now = speaker.IsActing && world.Network.IsOnSegment(speaker.Node) ? [.. speaker.Answered] : [];
        foreach (IpAddress address in now)
            if (!speaker.AppliedPlan.Addresses.ContainsKey(address)) throw Broken(Invariant.NobodyAnswersUnplanned, $"{speaker.Node} answers for {address}");
        if (!answered.TryGetValue(speaker.Node, out HashSet<IpAddress>? before)) before = answered[speaker.Node] = [];
        if (before.SetEquals(now)) return;
        foreach (IpAddress gone in before.Except(now).Order()) Change(gone, speaker.Node, false);
        foreach (IpAddress come in now.Except(before).Order()) Change(come, speaker.Node, true);
        answered[speaker.Node] = now;
    }

    /// <summary>The run is over: what happens now is its clearing away.</summary>
    public bool IsOver { get; set; }

    public IReadOnlyCollection<string> AnsweringFor(IpAddress address) => books.TryGetValue(address, out Book? book) ? book.Answering : [];

    /// <summary>Since when the same answer.</summary>
    public TimeSpan Since(IpAddress address) => books.TryGetValue(address, out Book? book) ? book.Since : world.Begin;

    /// <summary>Whose it is has been written.</summary>
    public void Record(Layer2StatusView status)
    {
        foreach (IpAddress address in status.Addresses ?? [])
            if (books.TryGetValue(address, out Book? book) && status.Node == (book.Owner ?? status.Node)) book.IsRecorded = true;
    }

    public void LookAtAllocation()
    {
        Dictionary<string, ObjectKey> holders = [];
        foreach (ServiceRecord service in world.Api.All<ServiceRecord>(ClusterKind.Service))
            foreach (IngressView entry in service.View.Ingress)
                if (!holders.TryAdd(entry.Ip!, service.Key)) throw Broken(Invariant.NoAddressTwice, $"{entry.Ip} stands in {holders[entry.Ip!]} and {service.Key}");
    }

    /// <summary>To be called when nothing has been disturbed for long.</summary>
    /// <param name="stable">Nothing has changed for so long.</param>
    public void LookAtTheEnd(TimeSpan stable)
    {
        VirtualSpeaker[] ready = [.. world.Speakers.Where(s => s is { Plan: not null, IsLeaving: false })];
        SortedDictionary<IpAddress, string> expected = [];
        foreach (VirtualSpeaker speaker in ready)
        {
            SortedDictionary<IpAddress, string> planned = [];
            foreach (ServiceAnnouncements announcements in speaker.Plan!.Services.Values)
                foreach (Layer2Announcement announcement in announcements.Layer2) planned[announcement.Address] = announcement.Node;
            if (speaker == ready[0]) expected = planned;
            else if (!planned.SequenceEqual(expected)) throw Broken(Invariant.OneAnswersInTheEnd, $"{ready[0].Node} plans {Text(expected)} and {speaker.Node} {Text(planned)}");
        }
        foreach ((IpAddress address, string owner) in expected)
            if (AnsweringFor(address) is var now && (now.Count != 1 || now.First() != owner)) throw Broken(Invariant.OneAnswersInTheEnd, $"{address} is {owner}'s, and {Text(now)} answer");
            else if (world.Now - Since(address) < stable) throw Broken(Invariant.OneAnswersInTheEnd, $"{address} has changed its owner {(world.Now - Since(address)).TotalSeconds:0.0} s ago");
        foreach ((IpAddress address, Book book) in books)
            if (!expected.ContainsKey(address) && book.Answering.Count > 0) throw Broken(Invariant.OneAnswersInTheEnd, $"{address} is nobody's, and {Text(book.Answering)} answer");
        // So that the next failure finds it.
        foreach (Layer2StatusRecord status in world.Api.All<Layer2StatusRecord>(ClusterKind.ServiceL2Status))
            foreach (IpAddress address in status.View.Addresses ?? [])
                if (expected.TryGetValue(address, out string? owner) && owner != status.View.Node) throw Broken(Invariant.OneAnswersInTheEnd, $"{address} is {owner}'s, and recorded as {status.View.Node}'s");
    }

    /// <summary>
    /// A speaker was cut off from the only other one: there was no third one to ask, and each takes the other for dead. What it takes then it has no reason to take, and cannot know that;
    /// and what it wrote leads others on. README.md says what is open here.
    /// </summary>
    private bool IsSomebodyMisled() => disturbances.Any(d => d.Nodes.Count > 0 && d.Fewest <= 2 && (d.End is not { } end || end + Aftermath + Settled >= world.Now));

    private static string Text(IEnumerable<string> nodes) => string.Join(" ", nodes) is { Length: > 0 } text ? text : "none";

    private static string Text(IEnumerable<KeyValuePair<IpAddress, string>> owners) => string.Join(", ", owners.Select(o => $"{o.Key} on {o.Value}"));

    private BrokenInvariantException Broken(Invariant invariant, string how) => new(invariant, $"after {(world.Now - world.Begin).TotalSeconds:0.000} s {how}");

    private void Change(IpAddress address, string node, bool answers)
    {
        if (!books.TryGetValue(address, out Book? book)) book = books[address] = new();
        if (book.Answering.Count == 1 && world.Now - book.Since >= Settled) Own(address, book, book.Answering.First());
        if (answers) book.Answering.Add(node); else book.Answering.Remove(node);
        book.Since = world.Now;
        book.Holder = HolderOf(address) ?? book.Holder;
        world.Trace($"   {address} is answered by {Text(book.Answering)}");
        if (book.Answering.Count > 1)
        {
            if (book.SeveralSince is not null) return;
            TimeSpan since = world.Now;
            book.SeveralSince = since;
            Remind(book, since, address);
        }
        else book.SeveralSince = null;
        if (book.Answering.Count == 1) ConfirmLater(address, book, world.Now);
    }

    private void Remind(Book book, TimeSpan since, IpAddress address) => world.At(world.Now + Overlap, () =>
    {
        if (book.SeveralSince != since) return;
        TimeSpan start = since;
        foreach (Disturbance dividing in disturbances.Where(d => d.Divides && (d.End is not { } end || end + Aftermath > world.Now)))
            start = dividing.End is { } over && over + Aftermath is var last && last < world.Now ? last : world.Now;
        if (world.Now - start >= Overlap) throw Broken(Invariant.TwoAnswerBriefly, $"{Text(book.Answering)} have answered for {address} since {(since - world.Begin).TotalSeconds:0.000}");
        Remind(book, since, address);
    });

    private void ConfirmLater(IpAddress address, Book book, TimeSpan since) => world.At(since + Settled, () =>
    {
        if (book.Since == since && book.Answering.Count == 1) Own(address, book, book.Answering.First());
    });

    private ObjectKey? HolderOf(IpAddress address) => world.Api.All<ServiceRecord>(ClusterKind.Service).FirstOrDefault(s => s.View.Ingress.Any(i => i.Ip == address.ToString()))?.Key;

    private void Own(IpAddress address, Book book, string node)
    {
        string? before = book.Owner;
        if (before == node) return;
        bool wasRecorded = book.IsRecorded;
        ObjectKey? service = book.Holder;
        book.Owner = node;
        book.IsRecorded = service is { } held && world.Api.All<Layer2StatusRecord>(ClusterKind.ServiceL2Status).Any(s => s.View.Service == held && s.View.Node == node);
        // What the API server could not be told nobody else can know; and who is preferred takes what it is preferred for.
        if (before is null || !wasRecorded || world.IsPreferred(node) || IsSomebodyMisled()) return;
        if (!disturbances.Any(d => (d.Nodes.Contains(before) || d.Service is { } of && of == service) && (d.End is not { } end || end + Aftermath + Settled >= world.Now)))
            throw Broken(Invariant.NothingMovesWithoutReason, $"{address} has moved from {before} to {node}");
    }
}
