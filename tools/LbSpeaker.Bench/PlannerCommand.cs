using System.CommandLine;
using LbSpeaker.Bench.Planner;

namespace LbSpeaker.Bench;

internal static class PlannerCommand
{
    public static Command Create()
    {
        Option<int> rounds = new("--rounds") { Description = "Rounds that count; the warm-up comes before them.", DefaultValueFactory = _ => 7 };
        Command command = new("planner", "Measures plans, in this process and without any I/O.") { rounds };
        command.SetAction(parsed => PlannerBench.Run(parsed.GetValue(rounds), Console.Out));
        return command;
    }
}
