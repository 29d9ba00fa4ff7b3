using System.CommandLine;
using System.CommandLine.Parsing;

namespace LbSpeaker.Bench;

/// <summary>Flags that several verbs share.</summary>
internal static class BenchOptions
{
    public static Option<Uri> Server() => new("--server")
    {
        Description = "The address of the embedded API server, such as http://127.0.0.1:6443; it must be empty.",
        Required = true,
        CustomParser = Url,
    };

    public static Uri Url(ArgumentResult result) =>
        Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out Uri? uri) ? uri : throw new ArgumentException($"{result.Tokens[0].Value} is no URL");

    public static Option<string> Crds() => new("--crds") { Description = "The folder of the CustomResourceDefinitions.", DefaultValueFactory = _ => "manifests/crds" };
}
