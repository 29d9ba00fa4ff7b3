using System.CommandLine;
using System.Text.Json;
using LbSpeaker.Preview;

namespace LbSpeaker.Commands;

/// <summary><c>-o</c>: text for people, the same facts as JSON or YAML for programs.</summary>
internal static class OutputForm
{
    public static Option<string> Option()
    {
        Option<string> output = new("--output", "-o") { Description = "text for people; json or yaml for programs.", DefaultValueFactory = _ => "text" };
        output.AcceptOnlyFromAmong("text", "json", "yaml");
        return output;
    }

    /// <param name="output">Of <see cref="Option"/>.</param>
    /// <param name="text">What a person reads.</param>
    /// <param name="machine">Writes the one value that a program reads.</param>
    public static void Write(this ParseResult parsed, Option<string> output, Func<string> text, Action<Utf8JsonWriter> machine) =>
        parsed.InvocationConfiguration.Output.Write(parsed.GetValue(output) switch { "json" => MachineForm.Json(machine), "yaml" => MachineForm.Yaml(machine), _ => text() });
}
