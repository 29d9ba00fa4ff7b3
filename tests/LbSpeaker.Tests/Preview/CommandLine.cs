using LbSpeaker.Commands;

namespace LbSpeaker.Tests.Preview;

/// <summary>What a run of <c>lbspeaker</c> came to.</summary>
internal sealed record CommandLine(int ExitCode, string Output, string Error)
{
    public static async Task<CommandLine> RunAsync(params string[] args)
    {
        StringWriter output = new(), error = new();
        int code = await RootVerb.RunAsync(args, output, error);
        return new(code, output.ToString(), error.ToString());
    }
}
