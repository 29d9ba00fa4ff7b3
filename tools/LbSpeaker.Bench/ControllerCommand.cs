using System.CommandLine;
using LbSpeaker.Bench.Cluster;

namespace LbSpeaker.Bench;

internal static class ControllerCommand
{
    public static Command Create()
    {
        Option<Uri> server = BenchOptions.Server();
        Option<string> crds = BenchOptions.Crds();
        Option<int> services = new("--services") { Description = "Services that wait, and again as many that are created later.", DefaultValueFactory = _ => 1000 };
        Argument<string[]> controller = new("controller") { Description = "The controller's command line, after --.", Arity = ArgumentArity.OneOrMore };
        Command command = new("controller", "Measures a controller against an API server, from its start on.") { server, crds, services, controller };
        command.SetAction((parsed, ct) => ControllerBench.RunAsync(
            parsed.GetValue(server)!, parsed.GetValue(crds)!, parsed.GetValue(services), parsed.GetValue(controller)!, Console.Out, ct));
        return command;
    }
}
