using System.CommandLine;
using LbSpeaker.Core.Net;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Trace;

namespace LbSpeaker.Commands;

/// <summary><c>trace</c>: what speakers saw and sent about an address, and what they made of it.</summary>
internal sealed class TraceCommand
{
    private const string Lesson = """
        Examples:
          lbspeaker trace 192.0.2.10                    the ARP and BGP that each speaker remembers about the address
          lbspeaker trace 2001:db8::10 -f               the NDP and BGP, and what comes, until Ctrl-C
          lbspeaker trace 192.0.2.10 --node node-a      of one node
          lbspeaker trace 192.0.2.1                     BFD and BGP with the router that has this address
          lbspeaker trace 192.0.2.10 -w FILE            the same as a file for Wireshark (pcapng); - for standard output
          lbspeaker trace 192.0.2.10 --speaker 127.0.0.1:9120 --token-file FILE
                                                        where the nodes are out of reach: after kubectl port-forward to the speaker's pod

        A line is a packet: time (UTC), node, interface, < for what came and > for what went, what it says, and what came of it. "not answered" is followed by the reason: the
        words of the metric lbspeaker_layer2_ignored_total, or why sending failed. A speaker sees only ARP and NDP about addresses that it answers or watches, so a node that does not
        own the address shows nothing: there the kernel drops them.
        Of BFD and BGP the address is that of a router or of the node; of BGP it is also one in a route that comes or goes. Of BFD packets are shown that say something new, of KEEPALIVEs in
        a row the first. "taken" is followed by the state that BFD changed to, or what a fault costs; "discarded" by the words of lbspeaker_bfd_discarded_total, or ResetSession.

        It asks each speaker at its node's address with a token of the service account lbspeaker-trace, good for ten minutes and for this alone (manifests/trace).
        A speaker remembers the last 1024 packets of each protocol and direction, of BGP the last 256 messages. Octets are shown as they were on the wire.

        Exit code: 0 when all speakers answered, 1 where some did not, 2 for wrong usage, no way to the cluster, or when none did.
        """;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    private readonly ClusterSource cluster = new();
    private readonly Argument<string> address = new("address") { Description = "The address whose packets are shown." };
    private readonly Option<bool> follow = new("--follow", "-f") { Description = "Go on with what comes, until Ctrl-C." };
    private readonly Option<string?> node = new("--node") { Description = "Ask the speaker of this Node alone." };
    private readonly Option<string?> speaker = new("--speaker") { Description = "Ask this speaker, by host and port, and look for no others. Needs --token-file.", HelpName = "HOST:PORT" };
    private readonly Option<string?> tokenFile = new("--token-file") { Description = "Show speakers the token in this file. Default: a token of the service account lbspeaker-trace.", HelpName = "FILE" };
    private readonly Option<string> output = new("--output", "-o") { Description = "text for people; json for programs: one object a line.", DefaultValueFactory = _ => "text" };

    private readonly Option<string?> file = new("--write", "-w") { Description = "Write the packets to this file as Wireshark reads them (pcapng) and show none; - for standard output.", HelpName = "FILE" };

    public Command Build()
    {
        output.AcceptOnlyFromAmong("text", "json");
        TaughtCommand command = new("trace", "Show what speakers saw and sent about an address, and what they made of it.", Lesson) { address, follow, node, speaker, tokenFile, output, file };
        cluster.AddTo(command, fromDirectory: false);
        address.CompletionSources.Add(new Completion(cluster).Addresses);
        node.CompletionSources.Add(new Completion(cluster).Nodes);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        if (!IpAddress.TryParse(parsed.GetValue(address)!, out IpAddress wanted)) throw new StartException($"\"{parsed.GetValue(address)}\" is no IP address");
        if (parsed.GetValue(file) is not null && parsed.GetResult(output) is { Implicit: false }) throw new StartException("-w writes packets as they are: -o has nothing to say of them");
        (IReadOnlyList<SpeakerPlace> speakers, string token) = await FindAsync(parsed, ct).ConfigureAwait(false);
        using TraceClient client = new(token);
        using TraceFile? written = parsed.GetValue(file) is { } name ? new(name) : null;
        Dictionary<SpeakerPlace, long> reached = speakers.ToDictionary(s => s, _ => 0L);
        HashSet<SpeakerPlace> silent = [];
        try
        {
            do
            {
                await ShowAsync(parsed, client, written, wanted, reached, silent, ct).ConfigureAwait(false);
                if (silent.Count == speakers.Count) return ExitCodes.Failed;
                if (parsed.GetValue(follow)) await Task.Delay(Look, ct).ConfigureAwait(false);
            }
            while (parsed.GetValue(follow));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Ctrl-C ends what is followed.
        }
        return ExitCodes.Of(silent.Count == 0);
    }

    /// <summary>One look at all of them at once. Who fails is told of once, and asked again by the next look.</summary>
    private async Task ShowAsync(ParseResult parsed, TraceClient client, TraceFile? written, IpAddress wanted, Dictionary<SpeakerPlace, long> reached, HashSet<SpeakerPlace> silent, CancellationToken ct)
    {
        List<TracedPacket> packets = [];
        foreach ((SpeakerPlace asked, long last, IReadOnlyList<TracedPacket> found, string? fault) in await Task.WhenAll(reached.Select(r => AskAsync(client, r.Key, wanted, r.Value, ct))).ConfigureAwait(false))
        {
            packets.AddRange(found);
            reached[asked] = last;
            if (fault is null) silent.Remove(asked);
            else if (silent.Add(asked)) parsed.InvocationConfiguration.Error.WriteLine($"lbspeaker: {fault}");
        }
        bool isJson = parsed.GetValue(output) == "json";
        foreach (TracedPacket packet in packets.OrderBy(p => p.At))
            if (written is not null) written.Add(packet);
            else parsed.InvocationConfiguration.Output.WriteLine(isJson ? packet.Line : packet.ToString());
    }

    private static async Task<(SpeakerPlace Asked, long Last, IReadOnlyList<TracedPacket> Found, string? Fault)> AskAsync(TraceClient client, SpeakerPlace speaker, IpAddress wanted, long after, CancellationToken ct)
    {
        try
        {
            (long last, IReadOnlyList<TracedPacket> found) = await client.AskAsync(speaker, wanted, after, ct).ConfigureAwait(false);
            return (speaker, last, found, null);
        }
        catch (StartException failed)
        {
            return (speaker, after, [], failed.Message);
        }
    }

    private async Task<(IReadOnlyList<SpeakerPlace>, string Token)> FindAsync(ParseResult parsed, CancellationToken ct)
    {
        string? token = parsed.GetValue(tokenFile) is { } file ? ReadToken(file) : null;
        if (parsed.GetValue(speaker) is { } one)
        {
            if (!Uri.TryCreate($"https://{one}", UriKind.Absolute, out Uri? url) || url.Authority != one) throw new StartException($"--speaker takes a host and a port, not '{one}'");
            return ([new("", one)], token ?? throw new StartException("--speaker needs --token-file: a token that may get /debug/trace"));
        }
        using KubernetesMetrics metrics = new();
        using KubernetesApi api = cluster.Connect(parsed, metrics);
        string own = cluster.Scope(parsed).OwnNamespace;
        SpeakerAccess access = new(api, own);
        (ApiResult result, IReadOnlyList<SpeakerPlace> found) = await access.FindAsync(ct).ConfigureAwait(false);
        if (!result.IsOk) throw new StartException($"the pods of speakers cannot be listed: {result}");
        if (found.Count == 0) throw new StartException($"no speaker runs in namespace {own} (--system-namespace)");
        if (parsed.GetValue(node) is { } name)
            found = found.Where(s => s.Node == name).ToList() is { Count: > 0 } there ? there : throw new StartException($"no speaker runs on node {name}; speakers run on {string.Join(", ", found.Select(s => s.Node))}");
        if (token is null)
        {
            (result, token) = await access.TokenAsync(ct).ConfigureAwait(false);
            if (token is null) throw new StartException($"there is no token of service account {SpeakerAccess.Account}: {result}; apply manifests/trace, or give --token-file");
        }
        return (found, token);
    }

    private static string ReadToken(string file)
    {
        try
        {
            return TokenFile.Read(file);
        }
        catch (InvalidDataException none)
        {
            throw new StartException(none.Message);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"the token cannot be read: {unreadable.Message}");
        }
    }
}
