using System.CommandLine;
using LbSpeaker.Bench;

RootCommand root = new("The measuring half of tools/bench.sh: plans without I/O, a controller against an API server, a large cluster, BGP, BFD, and the tables of what came out.")
{
    PlannerCommand.Create(),
    ControllerCommand.Create(),
    ScaleCommand.Create(),
    SeedCommand.Create(),
    AnnounceCommand.Create(),
    BfdCommand.Create(),
    ReportCommand.Create(),
};
return await root.Parse(args).InvokeAsync().ConfigureAwait(false);
