using LbSpeaker.Commands;

namespace LbSpeaker.Tests.Preview;

/// <summary>What a run of <c>lbspeaker</c> came to.</summary>
internal sealed record CommandLine(int ExitCode, string Output, string Error)
{
    public static Task<CommandLine> RunAsync(params string[] args) => RunAsync(CalledAs.Itself, args);

    public static async Task<CommandLine> RunAsync(CalledAs calledAs, params string[] args)
    {
        StringWriter output = new(), error = new();
        int code = await RootVerb.RunAsync(calledAs, args, output, error);
        return new(code, output.ToString(), error.ToString());
    }
}
