using System.CommandLine;

namespace LbSpeaker.Lab;

/// <summary>The verb <c>backend</c>: a web server that says who it is, standing in for the pods behind a Service.</summary>
internal static class BackendCommand
{
    public static Command Create()
    {
        var listen = new Option<string>("--listen") { Description = "ADDRESS:PORT to listen on.", Required = true };
        var say = new Option<string>("--say") { Description = "The answer to every request.", Required = true };
        var command = new Command("backend", "Answers HTTP requests with one line until it is interrupted.") { listen, say };
        command.SetAction(async (parsed, ct) =>
        {
            WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().UseUrls($"http://{parsed.GetValue(listen)}");
            await using WebApplication app = builder.Build();
            string line = parsed.GetValue(say) + "\n";
            app.Run(context => context.Response.WriteAsync(line, ct));
            await app.StartAsync(ct).ConfigureAwait(false);
            await Task.Delay(Timeout.Infinite, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return 0;
        });
        return command;
    }
}
