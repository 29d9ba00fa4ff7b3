using System.Diagnostics;
using System.Globalization;
using LbSpeaker.Commands;
using LbSpeaker.Tests.Native;
using LbSpeaker.Tests.Preview;

namespace LbSpeaker.Tests.Ui;

public sealed class UiCommandTests
{
    [Theory]
    [InlineData("127.0.0.1:9122", "127.0.0.1:9122")]
    [InlineData("0.0.0.0:80", "0.0.0.0:80")]
    [InlineData("[::1]:0", "[::1]:0")]
    [InlineData("[2001:db8::1]:9122", "[2001:db8::1]:9122")]
    [InlineData("localhost:80", null)]
    [InlineData("9122", null)]
    [InlineData(":9122", null)]
    [InlineData("::1:80", null)]
    [InlineData("[127.0.0.1]:80", null)]
    [InlineData("127.1:80", null)]
    [InlineData("127.0.0.1:65536", null)]
    [InlineData("127.0.0.1:-1", null)]
    [InlineData("", null)]
    public void An_address_and_a_port_are_read_and_nothing_else(string text, string? read) => Assert.Equal(read, UiOptions.Parse(text)?.ToString());

    [Theory]
    [InlineData("controller", "")]
    [InlineData("controller --ui", "127.0.0.1:9122")]
    [InlineData("controller --ui-listen [::]:80", "[::]:80")]
    public void A_controller_serves_no_page_unless_it_is_asked_to(string line, string address)
    {
        System.CommandLine.Command verb = new("controller");
        UiOptions options = new();
        options.AddTo(verb);
        System.CommandLine.RootCommand root = [verb];
        Assert.Equal(address, options.Read(root.Parse(line))?.ToString() ?? "");
    }

    [Fact]
    public async Task A_bad_address_is_said_in_a_line()
    {
        CommandLine run = await CommandLine.RunAsync("ui", "--from", UiViews.Case("busy"), "--listen", "everywhere");
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("lbspeaker: --listen takes an IP address and a port", run.Error, StringComparison.Ordinal);
    }

    [NativeFact]
    public async Task The_binary_prints_its_URL_serves_the_page_and_ends_at_a_signal()
    {
        string folder = UiViews.Case("busy");
        ProcessStartInfo start = new(LbSpeakerProcess.Binary!, ["ui", "--from", folder, "--listen", "127.0.0.1:0"]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        try
        {
            using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
            string line = await process.StandardOutput.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException("it ended at once");
            Assert.StartsWith($"directory {folder}: http://127.0.0.1:", line, StringComparison.Ordinal);
            using HttpClient client = new() { BaseAddress = new(line.Split(": ", 2)[1]) };
            Assert.Contains("<!doctype html>", await client.GetStringAsync(new Uri("/", UriKind.Relative), patience.Token), StringComparison.Ordinal);
            string view = await client.GetStringAsync(new Uri("/view.json", UriKind.Relative), patience.Token);
            Assert.Equal(File.ReadAllText(Repository.PathOf("tests", "LbSpeaker.Tests", "Ui", "Views", "busy.json")).Replace("\"busy\"", $"\"directory {folder}\"", StringComparison.Ordinal), UiViews.LaidOut(view));
            using (Process kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }
}
