using System.CommandLine;
using System.Text;
using System.Text.Json;
using LbSpeaker.Kubernetes.Conversion;
using LbSpeaker.Kubernetes.Directory;
using LbSpeaker.Preview;

namespace LbSpeaker.Commands;

/// <summary><c>convert</c>: the configuration of other load balancers as ours, where the meaning is the same. It reads files and nothing else.</summary>
internal static class ConvertCommand
{
    private const string StandardInput = "-";

    private const string Lesson = """
        Examples:
          kubectl get configmap -n metallb-system config -o yaml | lbspeaker convert -f - >new.yaml          MetalLB up to 0.12
          kubectl get configmap -n kube-system kubevip -o yaml | lbspeaker convert -f - >new.yaml            kube-vip's cloud provider
          kubectl get servicegroups,lbnodeagents -n purelb -o yaml | lbspeaker convert -f - >new.yaml        PureLB
          lbspeaker plan -f new.yaml                                                                         and what it would do

        Objects go to standard output. What is left out, or means something else here, goes to standard error, each with file and line.

        Exit code: 0 when all of it was carried over, 1 when something was not, 2 for wrong usage or input that is none of these.
        """;

    public static Command Build()
    {
        Option<string[]> files = new("--filename", "-f") { Description = "A file; - for standard input. Repeatable.", Required = true, HelpName = "FILE" };
        Option<string> ns = new("--namespace", "-n") { Description = "The namespace of what is made: one whose configuration counts.", DefaultValueFactory = _ => CommonOptions.DefaultNamespace };
        Option<string> output = new("--output", "-o") { Description = "yaml, or json for a List.", DefaultValueFactory = _ => "yaml" };
        output.AcceptOnlyFromAmong("yaml", "json");
        TaughtCommand command = new("convert", "Make objects of what configured MetalLB by a ConfigMap, kube-vip or PureLB.", Lesson) { files, ns, output };
        command.SetAction(parsed =>
        {
            Converted converted = Converted.Of(parsed.GetValue(files)!.Select(f => f == StandardInput ? ("standard input", Console.In.ReadToEnd()) : (f, ManifestText.Of(f))), parsed.GetValue(ns)!);
            foreach (string message in converted.Messages.AsEnumerable()) parsed.InvocationConfiguration.Error.WriteLine(message);
            parsed.InvocationConfiguration.Output.Write(parsed.GetValue(output) == "json" ? MachineForm.Json(json => Write(json, converted)) : Yaml(converted));
            return ExitCodes.Of(converted.Messages.IsEmpty);
        });
        return command;
    }

    private static string Yaml(Converted converted)
    {
        StringBuilder text = new();
        foreach (JsonElement made in converted.Objects) text.Append(text.Length > 0 ? "---\n" : "").Append(YamlText.Of(made));
        return text.ToString();
    }

    private static void Write(Utf8JsonWriter json, Converted converted)
    {
        json.WriteStartObject();
        json.WriteString("apiVersion", "v1");
        json.WriteString("kind", "List");
        json.WriteStartArray("items");
        foreach (JsonElement made in converted.Objects) made.WriteTo(json);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
