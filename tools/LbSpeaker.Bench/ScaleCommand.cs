using System.CommandLine;
using LbSpeaker.Bench.Scale;

namespace LbSpeaker.Bench;

internal static class ScaleCommand
{
    public static Command Create()
    {
        Option<Uri> server = BenchOptions.Server();
        Option<string> crds = BenchOptions.Crds();
        Option<string> speaker = Program("--speaker", $"Command line of the speaker of {Fleet.RealNode}; its words are parted by blanks.");
        Option<string> controller = Program("--controller", "That of a controller, without --pod-name.");
        Option<string> asker = Program("--asker", "That of the client that asks by ARP, without the address.");
        Option<Uri> metrics = new("--metrics") { Description = "Where the speaker's metrics are.", Required = true, CustomParser = BenchOptions.Url };
        Option<int> services = new("--services") { Description = "How many there are, at least two for each node.", DefaultValueFactory = _ => 10_000 };
        Option<int> nodes = new("--nodes") { Description = "How many there are.", DefaultValueFactory = _ => 100 };
        Option<int> created = new("--created") { Description = "Services whose writes are counted.", DefaultValueFactory = _ => 100 };
        Option<int> burst = new("--burst") { Description = "Services in whose creation the leader is killed.", DefaultValueFactory = _ => 1000 };
        Option<int> window = new("--seconds") { Description = "How long each window of observation lasts.", DefaultValueFactory = _ => 60 };
        Command command = new("scale", "Measures two controllers and a speaker in a large cluster.") { server, crds, speaker, controller, asker, metrics, services, nodes, created, burst, window };
        command.SetAction((parsed, ct) => ScaleBench.RunAsync(
            new(parsed.GetValue(server)!, parsed.GetValue(crds)!, Words(parsed.GetValue(speaker)!), Words(parsed.GetValue(controller)!), Words(parsed.GetValue(asker)!), parsed.GetValue(metrics)!)
            {
                Services = parsed.GetValue(services),
                Nodes = parsed.GetValue(nodes),
                Created = parsed.GetValue(created),
                Burst = parsed.GetValue(burst),
                Window = TimeSpan.FromSeconds(parsed.GetValue(window)),
            }, Console.Out, Console.Error, ct));
        return command;

        static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        static Option<string> Program(string name, string description) => new(name) { Description = description, Required = true };
    }
}
