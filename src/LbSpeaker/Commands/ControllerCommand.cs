using System.CommandLine;
using LbSpeaker.Controller;

namespace LbSpeaker.Commands;

internal static class ControllerCommand
{
    public static Command Build()
    {
        Command command = new("controller", """
            Give Services of type LoadBalancer their addresses. Run two or more: one leads by a Lease, the others stand by.

            It writes Service status, conditions and events, and the status of the configuration objects.
            """);
        DaemonOptions options = new();
        options.AddTo(command);
        UiOptions ui = new();
        ui.AddTo(command);
        command.SetAction(async (parsed, ct) =>
        {
            await ControllerHost.RunAsync(options.Read(parsed) with { UiAddress = ui.Read(parsed) }, ct).ConfigureAwait(false);
            return ExitCodes.Ok;
        });
        return command;
    }
}
