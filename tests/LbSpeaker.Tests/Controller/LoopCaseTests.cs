using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api;
using LbSpeaker.Tests.Lab;

namespace LbSpeaker.Tests.Controller;

/// <summary>
/// Each folder of Cases is a story: what people do (1.yaml, 2.yaml …) and what the controller has said about it when all is quiet (1.txt, 2.txt …):
/// statuses, conditions and events. Besides, in each of them no address is ever in two statuses that do not share it, nothing is written while nothing
/// changes, and the next controller writes nothing at all.
/// </summary>
public sealed class LoopCaseTests
{
    private static string Folder => Repository.PathOf("tests", "LbSpeaker.Tests", "Controller", "Cases");

    public static TheoryData<string> Cases()
    {
        TheoryData<string> cases = [.. System.IO.Directory.GetDirectories(Folder).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];
        return cases.Count > 0 ? cases : throw new InvalidOperationException("no cases");
    }

    [Theory, MemberData(nameof(Cases))]
    public async Task The_controller_says_what_is_so(string name)
    {
        await using LabCluster lab = await LabCluster.StartAsync(new ApiServerOptions { ServiceCidrs = [IPNetwork.Parse("198.51.100.0/24"), IPNetwork.Parse("2001:db8:1::/112")] });
        lab.Clock.Rate = 20;
        LabController? controller = null;
        List<string> missing = [];
        int step = 1;
        for (; File.Exists(Path.Combine(Folder, name, $"{step}.yaml")); step++)
        {
            foreach (string document in (await File.ReadAllTextAsync(Path.Combine(Folder, name, $"{step}.yaml"))).Split("\n---\n")) await DoAsync(lab, document);
            controller ??= lab.StartController("one");
            string file = Path.Combine(Folder, name, $"{step}.txt");
            if (File.Exists(file)) await ComesToAsync(lab, file);
            else missing.Add(await WriteActualAsync(lab, name, step));
            await NothingIsWritten(lab, "while nothing changes");
        }
        Assert.True(missing.Count == 0, $"an expected text is missing; what it came to: {string.Join(", ", missing)}");
        Assert.True(step > 1, $"the case {name} is empty");
        Assert.Empty(await lab.Oracle.ViolationsAsync());

        await controller!.KillAsync();
        lab.StartController("two");
        await lab.UntilAsync("the next one to lead and to list", () => lab.Log.Lines.Any(l => l.EndsWith("two: Info every watched kind has been listed", StringComparison.Ordinal)));
        await NothingIsWritten(lab, "by a controller that takes over");
    }

    private static async Task ComesToAsync(LabCluster lab, string file)
    {
        string expected = await File.ReadAllTextAsync(file);
        try
        {
            await lab.UntilAsync("the expected text", () => Said.By(lab) == expected);
        }
        catch (Xunit.Sdk.FailException)
        {
            Assert.Fail($"{file}: expected\n{expected}\ngot\n{Said.By(lab)}\n{lab.Log}");
        }
    }

    /// <summary>For a new case: what it comes to, for a look and for taking over by hand.</summary>
    private static async Task<string> WriteActualAsync(LabCluster lab, string name, int step)
    {
        lab.Clock.Rate = 1;
        await lab.PassAsync(TimeSpan.FromSeconds(10));
        string file = Path.Combine(AppContext.BaseDirectory, "actual", name, $"{step}.txt");
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, Said.By(lab));
        return file;
    }

    private static async Task NothingIsWritten(LabCluster lab, string when)
    {
        int before = lab.Writes.Count;
        await lab.PassAsync(TimeSpan.FromSeconds(3));
        Assert.True(lab.Writes.Count == before, $"{when}, written: {string.Join("\n", lab.Writes.Skip(before))}\n{lab.Log}");
    }

    /// <summary>A document is an object to apply, with its status where it has one, or one of: <c>delete: path</c>, <c>patch: path, body: {}</c>, <c>force: group/plural, object: {}</c> (past all validation).</summary>
    private static async Task DoAsync(LabCluster lab, string document)
    {
        JsonObject json = (JsonObject)LbSpeaker.Lab.Api.Http.Yaml.Parse(document)!;
        if (json["delete"] is { } path)
            await lab.DeleteAsync(path.GetValue<string>());
        else if (json["patch"] is { } patched)
            await lab.PatchAsync(patched.GetValue<string>(), json["body"]!.ToJsonString());
        else if (json["force"] is { } forced)
        {
            string[] kind = forced.GetValue<string>().Split('/');
            lab.Force(kind[0], kind[1], json["object"]!.ToJsonString());
        }
        else
            await lab.ApplyAsync(document);
    }
}

/// <summary>Everything that LbSpeaker has written about what people wrote, as text; times and names of its own are left out.</summary>
internal static class Said
{
    public static string By(LabCluster lab)
    {
        StringBuilder text = new();
        foreach (JsonObject service in lab.All("", "services"))
        {
            if (Name(service) == "kubernetes") continue;
            text.Append(CultureInfo.InvariantCulture, $"Service {Name(service)}\n");
            string from = service["metadata"]!["annotations"]?["metallb.io/ip-allocated-from-pool"]?.GetValue<string>() is { } pools ? $" from {pools}" : "";
            text.Append(CultureInfo.InvariantCulture, $"  addresses: {string.Join(" ", ServiceOracle.Addresses(service))}{from}\n");
            Append(text, lab, service);
        }
        foreach (JsonObject pool in lab.All("metallb.io", "ipaddresspools"))
        {
            text.Append(CultureInfo.InvariantCulture, $"IPAddressPool {Name(pool)}\n");
            JsonNode? s = pool["status"];
            text.Append(CultureInfo.InvariantCulture, $"  assigned {s?["assignedIPv4"]}+{s?["assignedIPv6"]} available {s?["availableIPv4"]}+{s?["availableIPv6"]}\n");
            text.Append(CultureInfo.InvariantCulture, $"  {s?["state"]}, held {s?["heldTotal"]}\n");
            foreach (JsonNode? held in s?["held"] as JsonArray ?? [])
                text.Append(CultureInfo.InvariantCulture, $"    {held!["address"]}{Named("claim", held)}{Named("service", held)}{Named("services", held)}\n");
            Append(text, lab, pool);
        }
        foreach ((string kind, string plural) in (ReadOnlySpan<(string, string)>)[("L2Advertisement", "l2advertisements"), ("BGPAdvertisement", "bgpadvertisements")])
            foreach (JsonObject advertisement in lab.All("metallb.io", plural))
            {
                JsonNode? s = advertisement["status"];
                text.Append(CultureInfo.InvariantCulture, $"{kind} {Name(advertisement)}\n");
                foreach (string list in (ReadOnlySpan<string>)["pools", "nodes", "peers"])
                    if (s?[list] is JsonArray names) text.Append(CultureInfo.InvariantCulture, $"  {list} {s[list + "Total"]}: {string.Join(" ", names.Select(n => n!.GetValue<string>()))}\n");
                text.Append(CultureInfo.InvariantCulture, $"  addresses {s?["addressesTotal"]}: {string.Join(", ", (s?["addresses"] as JsonArray ?? []).Select(a => $"{a!["address"]} of {a["service"]}"))}\n");
                Append(text, lab, advertisement);
            }
        foreach (JsonObject peer in lab.All("metallb.io", "bgppeers"))
        {
            JsonNode? s = peer["status"];
            text.Append(CultureInfo.InvariantCulture, $"BGPPeer {Name(peer)}\n  up {s?["sessionsUp"]} of {s?["sessionsTotal"]}\n");
            foreach (JsonNode? session in s?["sessions"] as JsonArray ?? [])
                text.Append(CultureInfo.InvariantCulture, $"  {session!["node"]} {session["state"]} since {session["since"]} bfd {session["bfd"]}{Words(session["message"])}\n");
            Append(text, lab, peer);
        }
        foreach (JsonObject state in lab.All("metallb.io", "configurationstates"))
        {
            text.Append(CultureInfo.InvariantCulture, $"ConfigurationState {Name(state)}: {state["status"]?["result"]}\n");
            if (state["status"]?["errorSummary"]?.GetValue<string>() is { Length: > 0 } summary) text.Append("  ").Append(summary.Replace("\n", "\n  ", StringComparison.Ordinal)).Append('\n');
            Append(text, lab, state);
        }
        return text.ToString();
    }

    private static string Name(JsonObject json) => json["metadata"]!["name"]!.GetValue<string>();

    private static void Append(StringBuilder text, LabCluster lab, JsonObject about)
    {
        foreach (JsonNode? condition in about["status"]?["conditions"] as JsonArray ?? [])
            text.Append(CultureInfo.InvariantCulture, $"  {condition!["type"]}: {condition["status"]} {condition["reason"]}{Words(condition["message"])}\n");
        foreach (string told in lab.EventsOf(Name(about))) text.Append("  event ").Append(told).Append('\n');
    }

    private static string Named(string field, JsonNode of) => of[field] is { } value ? $" {field} {value}" : "";

    private static string Words(JsonNode? message) => message?.GetValue<string>() is { Length: > 0 } words ? ": " + words : "";
}
