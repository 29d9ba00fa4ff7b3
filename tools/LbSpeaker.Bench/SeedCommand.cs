using System.CommandLine;
using LbSpeaker.Bench.Cluster;

namespace LbSpeaker.Bench;

internal static class SeedCommand
{
    public static Command Create()
    {
        Option<Uri> server = BenchOptions.Server();
        Option<string> crds = BenchOptions.Crds();
        Option<string[]> addresses = new("--address") { Description = "An address that the Service holds; one of each family.", Required = true };
        Command command = new("seed", $"Puts one Service that holds addresses into an API server, with an endpoint on {Seed.Node}.") { server, crds, addresses };
        command.SetAction(async (parsed, ct) =>
        {
            using ApiClient api = new(parsed.GetValue(server)!);
            Seed seed = new(api);
            string[] held = parsed.GetValue(addresses)!;
            await seed.SurroundingsAsync(parsed.GetValue(crds)!, held.Select(a => $"{a}-{a}"), ct).ConfigureAwait(false);
            await seed.HoldingServiceAsync("web", held, ct).ConfigureAwait(false);
        });
        return command;
    }
}
