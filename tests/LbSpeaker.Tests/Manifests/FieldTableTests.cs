using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api;
using LbSpeaker.Lab.Api.Http;
using LbSpeaker.Tests.Preview;

namespace LbSpeaker.Tests.Manifests;

/// <summary>
/// What people are told about each field of each definition: right, missing, null, of a wrong type, at its limits and beyond them. The rows follow from the schema,
/// so a field that is added has rows that stand in no file of Fields, and fails. What the API server takes is held against our own compiler too.
/// </summary>
public sealed class FieldTableTests
{
    private const string Namespace = "lbspeaker-system";

    private static string Folder => Repository.PathOf("tests", "LbSpeaker.Tests", "Manifests", "Fields");

    public static TheoryData<string> Definitions()
    {
        TheoryData<string> definitions = [.. Directory.GetFiles(Repository.PathOf("manifests", "crds"), "*_*.yaml").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
        return definitions.Count > 0 ? definitions : throw new InvalidOperationException("no definitions");
    }

    [Theory, MemberData(nameof(Definitions))]
    public async Task Each_field_says_what_is_wrong_with_it(string file)
    {
        JsonObject definition = Read(Repository.PathOf("manifests", "crds", file)), spec = (JsonObject)definition["spec"]!;
        string group = spec["group"]!.GetValue<string>(), plural = spec["names"]!["plural"]!.GetValue<string>(), kind = spec["names"]!["kind"]!.GetValue<string>();
        JsonObject own = Read(Path.Combine(Folder, $"{plural}.yaml")), examples = Read(Path.Combine(Folder, "shared.yaml"));
        foreach ((string field, JsonNode? value) in own["examples"] as JsonObject ?? []) examples[field] = value!.DeepClone();

        await using ApiServer server = await ApiServer.StartAsync(new ApiServerOptions { Listen = [new(IPAddress.Loopback, 0)] }, CancellationToken.None);
        using HttpClient client = new() { BaseAddress = server.BaseAddress };
        await SendAsync(client, HttpMethod.Post, "apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
        await SendAsync(client, HttpMethod.Post, "api/v1/namespaces", new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = Namespace } });
        List<string> differing = [];
        foreach (JsonNode? version in (JsonArray)spec["versions"]!)
        {
            string name = version!["name"]!.GetValue<string>(), collection = $"apis/{group}/{name}/namespaces/{Namespace}/{plural}";
            FieldTable table = new(
                (JsonObject)version["schema"]!["openAPIV3Schema"]!, (JsonObject)own["minimal"]!, own["instead"] as JsonObject ?? [], examples, own["also"] as JsonObject ?? []);
            string stands = $"stands-{name}";
            (HttpStatusCode created, JsonNode present) = await SendAsync(client, HttpMethod.Post, collection, Of((JsonObject)own["minimal"]!, group, name, kind, stands));
            Assert.Equal(HttpStatusCode.Created, created);
            string[] saidAnyway = await CompileAsync(present.DeepClone());
            StringBuilder text = new();
            foreach (FieldRow row in table.Rows("spec"))
            {
                JsonObject whole = Of(row.Object, group, name, kind, "new");
                (HttpStatusCode code, JsonNode answer) = await SendAsync(client, HttpMethod.Post, $"{collection}?dryRun=All&fieldValidation=Strict", whole);
                Append(text, row, code, answer, code == HttpStatusCode.Created ? (await CompileAsync(answer)).Except(saidAnyway) : []);
            }
            foreach (FieldRow row in table.Rows("status"))
            {
                JsonObject whole = Of(row.Object, group, name, kind, stands);
                whole["metadata"] = present["metadata"]!.DeepClone();
                (HttpStatusCode code, JsonNode answer) = await SendAsync(client, HttpMethod.Put, $"{collection}/{stands}/status?dryRun=All&fieldValidation=Strict", whole);
                Append(text, row, code, answer, []);
            }
            string expected = Path.Combine(Folder, $"{plural}.{name}.txt");
            if (File.Exists(expected) && await File.ReadAllTextAsync(expected) == text.ToString()) continue;
            string actual = Path.Combine(AppContext.BaseDirectory, "actual", Path.GetFileName(expected));
            Directory.CreateDirectory(Path.GetDirectoryName(actual)!);
            await File.WriteAllTextAsync(actual, text.ToString());
            differing.Add($"{actual} differs from {expected}{(File.Exists(expected) ? ":\n" + LineDiff.Of(await File.ReadAllTextAsync(expected), text.ToString()) : "")}");
        }
        Assert.True(differing.Count == 0, string.Join('\n', differing));
    }

    [Fact]
    public void No_table_is_of_a_definition_that_is_gone()
    {
        HashSet<string> shipped = [.. Directory.GetFiles(Repository.PathOf("manifests", "crds"), "*_*.yaml").Select(f => Path.GetFileNameWithoutExtension(f).Split('_')[1])];
        Assert.All(Directory.GetFiles(Folder).Select(f => Path.GetFileName(f).Split('.')[0]).Where(f => f != "shared"), f => Assert.Contains(f, shipped));
    }

    private static void Append(StringBuilder text, FieldRow row, HttpStatusCode code, JsonNode answer, IEnumerable<string> compiled)
    {
        string said = (int)code < 300 ? string.Join(" ; ", compiled.Select(Words).Prepend("taken")) : $"{(int)code} {Words(answer["message"]!.GetValue<string>())}";
        text.Append(row.Path).Append(" | ").Append(row.Change).Append(" | ").Append(said).Append('\n');
    }

    private const string NotAllChecked = ", <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation]";

    /// <summary>Without the object's name, and with three points for what is said whenever rules were not reached; a long value that is repeated in it is cut.</summary>
    private static string Words(string message)
    {
        int at = message.IndexOf(" is invalid: ", StringComparison.Ordinal);
        string words = (at < 0 ? message : message[(at + " is invalid: ".Length)..]).ReplaceLineEndings("\\n").Replace(NotAllChecked, ", …]", StringComparison.Ordinal);
        for (int run = words.IndexOf("xxxxxxxxxx", StringComparison.Ordinal); run >= 0; run = words.IndexOf("xxxxxxxxxx", StringComparison.Ordinal))
        {
            int end = run;
            while (end < words.Length && words[end] == 'x') end++;
            words = $"{words[..run]}x…{words[end..]}";
        }
        return words;
    }

    /// <summary>What <c>validate</c> says of an object that the API server has taken.</summary>
    private static async Task<string[]> CompileAsync(JsonNode taken)
    {
        taken["metadata"]!["name"] = "new";
        string folder = Directory.CreateTempSubdirectory("lbspeaker-fields-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "one.yaml"), taken.ToJsonString());
            CommandLine run = await CommandLine.RunAsync("validate", "--from", folder);
            Assert.InRange(run.ExitCode, 0, 1);
            return [.. run.Output.Split('\n').Where(l => l.StartsWith("problem: ", StringComparison.Ordinal) || l.StartsWith("warning: ", StringComparison.Ordinal))];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static JsonObject Of(JsonObject from, string group, string version, string kind, string name)
    {
        JsonObject whole = new() { ["apiVersion"] = $"{group}/{version}", ["kind"] = kind, ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Namespace } };
        foreach ((string field, JsonNode? value) in from) whole[field] = value?.DeepClone();
        return whole;
    }

    private static async Task<(HttpStatusCode Code, JsonNode Answer)> SendAsync(HttpClient client, HttpMethod method, string path, JsonObject body)
    {
        using HttpRequestMessage request = new(method, path) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
        using HttpResponseMessage response = await client.SendAsync(request);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }

    private static JsonObject Read(string file) => (JsonObject)JsonNode.Parse(Yaml.Parse(File.ReadAllText(file))!.ToJsonString())!;
}
