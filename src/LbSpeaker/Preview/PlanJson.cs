using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;

namespace LbSpeaker.Preview;

/// <summary>The machine form of a plan: one JSON object, every list sorted, the same byte for byte for the same input.</summary>
public static class PlanJson
{
    private static readonly JsonWriterOptions Form = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Render(ClusterPreview preview)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer, Form))
        {
            json.WriteStartObject();
            json.WriteStartArray("problems");
            foreach (Problem problem in preview.Problems) Write(json, problem);
            json.WriteEndArray();
            json.WriteStartArray("pools");
            foreach (PoolUsage pool in preview.Allocation.Pools) Write(json, pool);
            json.WriteEndArray();
            json.WriteStartArray("claims");
            foreach (ClaimDecision claim in preview.Allocation.Claims.Values.OrderBy(c => c.Claim)) Write(json, claim);
            json.WriteEndArray();
            json.WriteStartArray("services");
            foreach (ServiceDecision decision in preview.Allocation.Services.Values.OrderBy(d => d.Service))
                Write(json, decision, preview.Announcements.Services.GetValueOrDefault(decision.Service) ?? ServiceAnnouncements.None);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }

    private static void Write(Utf8JsonWriter json, Problem problem)
    {
        json.WriteStartObject();
        json.WriteString("kind", problem.Kind);
        WriteKey(json, problem.Key);
        json.WriteString("reason", problem.Reason.ToString());
        json.WriteString("message", problem.Message);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, PoolUsage pool)
    {
        json.WriteStartObject();
        json.WriteString("name", pool.Name);
        json.WriteString("state", pool.State.ToString());
        json.WriteNumber("assignedIPv4", pool.AssignedIPv4);
        json.WriteNumber("availableIPv4", pool.AvailableIPv4);
        json.WriteNumber("assignedIPv6", pool.AssignedIPv6);
        json.WriteNumber("availableIPv6", pool.AvailableIPv6);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ClaimDecision claim)
    {
        json.WriteStartObject();
        WriteKey(json, claim.Claim);
        WriteList(json, "addresses", claim.Addresses.Select(a => a.ToString()));
        WriteList(json, "pools", claim.Pools);
        json.WriteString("reason", claim.Reason?.ToString());
        json.WriteString("message", claim.Message);
        WriteList(json, "usedBy", claim.UsedBy);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ServiceDecision decision, ServiceAnnouncements announcements)
    {
        json.WriteStartObject();
        WriteKey(json, decision.Service);
        json.WriteString("decision", decision.Decision.ToString());
        WriteList(json, "addresses", decision.Addresses.Select(a => a.ToString()));
        WriteList(json, "pools", decision.Pools);
        json.WriteString("reason", decision.Reason?.ToString());
        json.WriteString("message", decision.Message);
        json.WriteStartArray("announcements");
        foreach (AnnouncementEntry entry in AnnouncementEntry.All(announcements)) Write(json, entry);
        json.WriteEndArray();
        json.WriteStartArray("refusals");
        foreach (Refusal refusal in announcements.Refusals)
        {
            json.WriteStartObject();
            json.WriteString("protocol", Word(refusal.Protocol));
            json.WriteString("node", refusal.Node);
            json.WriteString("reason", refusal.Reason.ToString());
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, AnnouncementEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("protocol", Word(entry.Protocol));
        json.WriteString("address", entry.Address.ToString());
        json.WriteString("node", entry.Node);
        WriteList(json, "interfaces", entry.Interfaces);
        json.WriteString("peer", entry.Peer);
        json.WriteString("prefix", entry.Prefix?.ToString());
        json.WriteNumber("localPref", entry.LocalPref);
        WriteList(json, "communities", entry.Communities);
        json.WriteEndObject();
    }

    internal static string Word(AnnouncementProtocol protocol) => protocol == AnnouncementProtocol.Layer2 ? "layer2" : "bgp";

    private static void WriteKey(Utf8JsonWriter json, ObjectKey key)
    {
        json.WriteString("namespace", key.Namespace);
        json.WriteString("name", key.Name);
    }

    private static void WriteList(Utf8JsonWriter json, string name, IEnumerable<string> items)
    {
        json.WriteStartArray(name);
        foreach (string item in items) json.WriteStringValue(item);
        json.WriteEndArray();
    }
}
