using System.Net;
using System.Net.Sockets;
using LbSpeaker.Tests.Preview;

namespace LbSpeaker.Tests.Trace;

/// <summary>What can go wrong before a packet is shown: one line each, and exit code 2.</summary>
public sealed class TraceCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lbspeaker-trace-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("trace web --speaker 127.0.0.1:9120 --token-file TOKEN", "lbspeaker: \"web\" is no IP address\n")]
    [InlineData("trace 192.0.2.10 --speaker 127.0.0.1:9120", "lbspeaker: --speaker needs --token-file: a token that may get /debug/trace\n")]
    [InlineData("trace 192.0.2.10 --speaker 127.0.0.1:9120/x --token-file TOKEN", "lbspeaker: --speaker takes a host and a port, not '127.0.0.1:9120/x'\n")]
    [InlineData("trace 192.0.2.10 --speaker 127.0.0.1:9120 --token-file EMPTY", "lbspeaker: EMPTY holds no token\n")]
    [InlineData("trace 192.0.2.10 --speaker 127.0.0.1:9120 --token-file ABSENT", "lbspeaker: the token cannot be read: Could not find file 'ABSENT'.\n")]
    [InlineData("trace 192.0.2.10 -o yaml", "lbspeaker: Argument 'yaml' not recognized. Must be one of: 'text' 'json' (lbspeaker trace --help lists the flags)\n")]
    public async Task Bad_input_is_said_in_a_line(string line, string error)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "TOKEN"), "t\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "EMPTY"), "\n");
        string[] files = ["TOKEN", "EMPTY", "ABSENT"];
        CommandLine run = await CommandLine.RunAsync([.. line.Split(' ').Select(w => files.Contains(w) ? Path.Combine(folder, w) : w)]);
        Assert.Equal((2, "", error), (run.ExitCode, run.Output, run.Error.Replace(folder + "/", "", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_speaker_out_of_reach_is_named()
    {
        string token = Path.Combine(folder, "TOKEN");
        await File.WriteAllTextAsync(token, "t");
        // Bound and not listened on: nobody else is given it.
        using Socket taken = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        CommandLine run = await CommandLine.RunAsync("trace", "192.0.2.10", "--speaker", $"{taken.LocalEndPoint}", "--token-file", token);
        Assert.Equal((2, "", $"lbspeaker: the speaker at {taken.LocalEndPoint} cannot be reached: Connection refused\n"), (run.ExitCode, run.Output, run.Error));
    }
}
