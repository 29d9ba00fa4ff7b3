using System.Text.Json;
using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Config;

namespace LbSpeaker.Preview;

/// <summary>The machine form of a plan: one JSON object, every list sorted, the same byte for byte for the same input.</summary>
public static class PlanJson
{
    public static string Render(ClusterPreview preview) => MachineForm.Json(json => Write(json, preview));

    internal static void Write(Utf8JsonWriter json, ClusterPreview preview)
    {
        json.WriteStartObject();
        WriteProblems(json, preview.Problems);
        json.Objects("pools", preview.Allocation.Pools, pool => Write(json, pool));
        json.Objects("claims", preview.Allocation.Claims.Values.OrderBy(c => c.Claim), claim => Write(json, claim));
        json.Objects("services", preview.Allocation.Services.Values.OrderBy(d => d.Service), decision => Write(json, decision, preview));
        json.WriteEndObject();
    }

    internal static void WriteProblems(Utf8JsonWriter json, IEnumerable<Problem> problems, string name = "problems") => json.Objects(name, problems, problem =>
    {
        json.WriteString("kind", problem.Kind);
        WriteKey(json, problem.Key);
        json.WriteString("reason", problem.Reason.ToString());
        json.WriteString("message", problem.Message);
    });

    internal static void Write(Utf8JsonWriter json, PoolUsage pool)
    {
        json.WriteString("name", pool.Name);
        json.WriteString("state", pool.State.ToString());
        json.WriteNumber("assignedIPv4", pool.AssignedIPv4);
        json.WriteNumber("availableIPv4", pool.AvailableIPv4);
        json.WriteNumber("assignedIPv6", pool.AssignedIPv6);
        json.WriteNumber("availableIPv6", pool.AvailableIPv6);
    }

    private static void Write(Utf8JsonWriter json, ClaimDecision claim)
    {
        WriteKey(json, claim.Claim);
        json.Texts("addresses", claim.Addresses.Select(a => a.ToString()));
        json.Texts("pools", claim.Pools);
        json.WriteString("reason", claim.Reason?.ToString());
        json.WriteString("message", claim.Message);
        json.Texts("usedBy", claim.UsedBy.Select(s => s.ToString()));
    }

    /// <summary>The fields of one Service: what it gets, and who announces it.</summary>
    internal static void Write(Utf8JsonWriter json, ServiceDecision decision, ClusterPreview preview)
    {
        ServiceAnnouncements announcements = preview.AnnouncementsOf(decision.Service);
        WriteKey(json, decision.Service);
        json.WriteString("decision", decision.Decision.ToString());
        json.Texts("addresses", decision.Addresses.Select(a => a.ToString()));
        json.Texts("pools", decision.Pools);
        json.WriteString("reason", decision.Reason?.ToString());
        json.WriteString("message", decision.Message);
        json.Objects("announcements", AnnouncementEntry.All(announcements), entry => Write(json, entry));
        json.Objects("refusals", announcements.Refusals, refusal =>
        {
            json.WriteString("protocol", Word(refusal.Protocol));
            json.WriteString("node", refusal.Node);
            json.WriteString("reason", refusal.Reason.ToString());
        });
    }

    internal static void Write(Utf8JsonWriter json, AnnouncementEntry entry)
    {
        json.WriteString("protocol", Word(entry.Protocol));
        json.WriteString("address", entry.Address.ToString());
        json.WriteString("node", entry.Node);
        json.Texts("interfaces", entry.Interfaces);
        json.WriteString("peer", entry.Peer);
        json.WriteString("prefix", entry.Prefix?.ToString());
        json.WriteNumber("localPref", entry.LocalPref);
        json.Texts("communities", entry.Communities);
    }

    internal static string Word(AnnouncementProtocol protocol) => protocol == AnnouncementProtocol.Layer2 ? "layer2" : "bgp";

    internal static void WriteKey(Utf8JsonWriter json, ObjectKey key)
    {
        json.WriteString("namespace", key.Namespace);
        json.WriteString("name", key.Name);
    }
}
