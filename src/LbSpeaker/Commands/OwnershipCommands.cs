using System.CommandLine;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Preview;

namespace LbSpeaker.Commands;

/// <summary><c>move</c> and <c>rebalance</c>: which node owns an address at Layer 2, changed on purpose. The next owner announces before the present one falls silent.</summary>
internal sealed class OwnershipCommands
{
    private const string MoveLesson = """
        Examples:
          lbspeaker move 192.0.2.10 node-b        the address, and the others of its Service, are owned by node-b from now on

        It sets the annotation lbspeaker.io/move-to on the Service; kubectl annotate does the same. node-b announces the address, then the present owner falls silent; its node goes
        on forwarding, so no packet is lost. The controller takes the annotation away when it is done, or where node-b cannot own it (event MoveRefused).

        Exit code: 0 when node-b owns it, 1 where it cannot or does not in time, 2 for wrong usage or no way to the cluster.
        """;

    private const string RebalanceLesson = """
        Examples:
          lbspeaker rebalance --dry-run           what would move, and where to
          lbspeaker rebalance                     moves one Service after the other, each as lbspeaker move does

        Owners stay when nodes come back, so after a maintenance some nodes own more than others. This makes the fewest moves after which no two nodes that the same
        advertisements reach differ by more than one.

        Exit code: 0 when all of it is done, 1 where a move was not done in time, 2 for wrong usage or no way to the cluster.
        """;

    /// <summary>Between looks, and how long a move may take.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200), Patience = TimeSpan.FromSeconds(15);

    private readonly ClusterSource cluster = new();
    private readonly Argument<string> address = new("address") { Description = "The address to move; the others of its Service, and of those that share it, move along." };
    private readonly Argument<string> node = new("node") { Description = "The Node that is to own it, by name." };
    private readonly Option<bool> dryRun = new("--dry-run") { Description = "Show what would move, and move nothing." };

    public IEnumerable<Command> All()
    {
        TaughtCommand move = new("move", "Let another node own an address at Layer 2, without losing a packet.", MoveLesson) { address, node };
        cluster.AddTo(move, fromDirectory: false);
        node.CompletionSources.Add(new Completion(cluster).Nodes);
        address.CompletionSources.Add(new Completion(cluster).Addresses);
        move.SetAction(MoveAsync);
        TaughtCommand rebalance = new("rebalance", "Spread the addresses evenly over the nodes again, by the fewest moves.", RebalanceLesson) { dryRun };
        cluster.AddTo(rebalance, fromDirectory: false);
        rebalance.SetAction(RebalanceAsync);
        return [move, rebalance];
    }

    private async Task<int> MoveAsync(ParseResult parsed, CancellationToken ct)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        string to = parsed.GetValue(node)!;
        if (!IpAddress.TryParse(parsed.GetValue(address)!, out IpAddress wanted)) throw new StartException($"\"{parsed.GetValue(address)}\" is no IP address");
        ClusterPreview preview = await ReadAsync(parsed, ct).ConfigureAwait(false);
        ServiceView service = preview.Snapshot.Services.Values
            .Where(s => s.Ingress.Any(i => IpAddress.TryParse(i.Ip, out IpAddress held) && held == wanted)).OrderBy(s => s.Age).ThenBy(s => s.Key).FirstOrDefault()
            ?? throw new StartException($"no Service holds {wanted}");
        if (!preview.Snapshot.Nodes.ContainsKey(to)) throw new StartException($"there is no Node {to}; there are {string.Join(", ", preview.Snapshot.Nodes.Keys)}");
        if (OwnerOf(preview, service.Key) == to)
        {
            output.WriteLine($"{wanted} of {service.Key} is owned by {to} already");
            return ExitCodes.Ok;
        }
        ClusterPreview after = With(parsed, preview, service with { Annotations = LabelSet.From(service.Annotations.Where(a => a.Key != ServiceAnnotations.MoveTo).Append(new(ServiceAnnotations.MoveTo, to))) });
        if (OwnerOf(after, service.Key) != to)
        {
            Refusal? refusal = after.Announcements.Services[service.Key].Refusals.AsEnumerable().FirstOrDefault(r => r.Protocol == AnnouncementProtocol.Layer2 && (r.Node == to || r.Node is null));
            output.WriteLine($"{wanted} of {service.Key} cannot be owned by {to}: {(refusal is null ? "no L2Advertisement lets it" : $"{refusal.Reason}: {Advice.On(refusal)}")}");
            return ExitCodes.Wrong;
        }
        return ExitCodes.Of(await MoveAsync(parsed, new(service.Key, [wanted], OwnerOf(preview, service.Key) ?? "nobody", to), ct).ConfigureAwait(false));
    }

    private async Task<int> RebalanceAsync(ParseResult parsed, CancellationToken ct)
    {
        ClusterPreview preview = await ReadAsync(parsed, ct).ConfigureAwait(false);
        IReadOnlyList<OwnershipMove> moves = preview.Rebalance();
        if (moves.Count == 0) parsed.InvocationConfiguration.Output.WriteLine("the nodes own evenly; nothing moves");
        bool done = true;
        foreach (OwnershipMove move in moves)
            if (parsed.GetValue(dryRun)) parsed.InvocationConfiguration.Output.WriteLine($"would move {Words(move)}");
            else done &= await MoveAsync(parsed, move, ct).ConfigureAwait(false);
        return ExitCodes.Of(done);
    }

    private async Task<bool> MoveAsync(ParseResult parsed, OwnershipMove move, CancellationToken ct)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        using KubernetesMetrics metrics = new();
        using KubernetesApi api = cluster.Connect(parsed, metrics);
        ServiceMoves moves = new(api, cluster.Scope(parsed).OwnNamespace);
        ApiResult asked = await moves.BeginAsync(move.Service, move.To, ct).ConfigureAwait(false);
        if (!asked.IsOk) throw new StartException($"Service {move.Service} cannot be annotated: {asked}{asked.Advice}");
        long began = TimeProvider.System.GetTimestamp();
        while (await moves.OwnerAsync(move.Service, ct).ConfigureAwait(false) != move.To)
        {
            if (TimeProvider.System.GetElapsedTime(began) > Patience)
            {
                output.WriteLine($"{Words(move)} is asked for, and {move.To} does not say that it owns it: does its speaker run?");
                return false;
            }
            await Task.Delay(Look, ct).ConfigureAwait(false);
        }
        output.WriteLine($"moved {Words(move)}");
        return true;
    }

    private static string Words(OwnershipMove move) => $"{string.Join(", ", move.Addresses.AsEnumerable())} of {move.Service} from {move.From} to {move.To}";

    private static string? OwnerOf(ClusterPreview preview, ObjectKey service) => preview.Announcements.Services.GetValueOrDefault(service) is { Layer2: [{ Node: var owner }, ..] } ? owner : null;

    private ClusterPreview With(ParseResult parsed, ClusterPreview preview, ServiceView changed) =>
        cluster.Preview(parsed, preview.Snapshot with { Services = preview.Snapshot.Services.SetItem(changed.Key, changed) });

    private async Task<ClusterPreview> ReadAsync(ParseResult parsed, CancellationToken ct) =>
        cluster.Preview(parsed, (await cluster.ReadAsync(parsed, ct).ConfigureAwait(false)).Snapshot);
}
