using System.CommandLine;
using System.Globalization;
using LbSpeaker.Bfd;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bench;

/// <summary>The speaker's BFD as it is shipped, with sessions made up here in place of a cluster's.</summary>
internal static class BfdCommand
{
    private static readonly BfdSettings Settings = new() { TransmitInterval = BfdInterval.FromMilliseconds(50), ReceiveInterval = BfdInterval.FromMilliseconds(50) };

    public static Command Create()
    {
        Option<string> local = new("--local") { Description = "The address of the first session's end here; each further session has the next one.", Required = true };
        Option<string> peer = new("--peer") { Description = "Likewise, at the other end.", Required = true };
        Option<int> count = new("--sessions") { Description = "How many.", DefaultValueFactory = _ => 1 };
        Command command = new("bfd", "Runs BFD sessions, 50 ms three times, until it is told to end. Prints each change of a state: time in ms, peer, state, reason.") { local, peer, count };
        command.SetAction((parsed, ct) => RunAsync(IpAddress.Parse(parsed.GetValue(local)!), IpAddress.Parse(parsed.GetValue(peer)!), parsed.GetValue(count), ct));
        return command;
    }

    private static async Task<int> RunAsync(IpAddress local, IpAddress peer, int count, CancellationToken ct)
    {
        using BfdEngine engine = new(TimeProvider.System);
        engine.StateChanged += session => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Environment.TickCount64} {session.Key.Peer} {session.State} {session.Reason}"));
        engine.SetDesired("bench", Enumerable.Range(0, count).Select(i => new BfdWish(new(Next(peer, i), Local: Next(local, i)), Settings)).ToValueArray());
        await engine.RunAsync(ct).ConfigureAwait(false);
        return 0;
    }

    private static IpAddress Next(IpAddress address, int steps) => new(address.Family, address.Value + (uint)steps);
}
