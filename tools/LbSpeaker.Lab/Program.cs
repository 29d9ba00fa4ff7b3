using System.CommandLine;
using System.Runtime.InteropServices;
using LbSpeaker.Lab;

// The package's own handling leaves a server deaf to SIGTERM, so both signals are taken here.
using var stop = new CancellationTokenSource();
void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);

var root = new RootCommand("The lab of LbSpeaker: a Kubernetes API server for those who have no cluster.") { ApiServerCommand.Create(), BackendCommand.Create() };
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }, stop.Token);
