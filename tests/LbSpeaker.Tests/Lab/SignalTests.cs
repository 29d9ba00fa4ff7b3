using System.Diagnostics;
using System.Globalization;

namespace LbSpeaker.Tests.Lab;

/// <summary>The lab's processes as the demo and the benches run and end them.</summary>
public sealed class SignalTests
{
    [Fact]
    public async Task The_API_server_ends_at_SIGTERM_while_watches_are_open()
    {
        using CancellationTokenSource patience = new(LabCluster.Patience);
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "lbspeaker-lab"), ["api-server", "--listen", "127.0.0.1:0"]) { RedirectStandardOutput = true };
        using Process server = Process.Start(start)!;
        try
        {
            string serving = await server.StandardOutput.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException("it ended at once");
            using HttpClient client = new() { BaseAddress = new Uri(serving["serving at ".Length..]) };
            using HttpResponseMessage watch = await client.GetAsync(new Uri("api/v1/namespaces?watch=true", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, patience.Token);
            watch.EnsureSuccessStatusCode();

            using (Process kill = Process.Start("kill", ["-TERM", server.Id.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync(patience.Token);
            await server.WaitForExitAsync(patience.Token);
            Assert.Equal(0, server.ExitCode);
            Stream rest = await watch.Content.ReadAsStreamAsync(patience.Token);
            Assert.EndsWith("}\n", await new StreamReader(rest).ReadToEndAsync(patience.Token), StringComparison.Ordinal);
        }
        finally
        {
            if (!server.HasExited) server.Kill();
        }
    }
}
