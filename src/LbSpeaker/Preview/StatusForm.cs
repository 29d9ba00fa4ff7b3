using System.Globalization;
using System.Text;
using System.Text.Json;
using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Cluster;

namespace LbSpeaker.Preview;

/// <summary>A <see cref="ClusterStatus"/> for a person and for a program.</summary>
internal static class StatusForm
{
    public static string Text(ClusterStatus status, IEnumerable<string> warnings)
    {
        StringBuilder text = new();
        text.AppendWarnings(warnings);
        if (status.Controller is { } controller) text.Append("Controller\n  ").Append(controller.Says).Append('\n');
        text.AppendSection("Speakers", status.Speakers, s => $"{s.Node}  {Words(s)}");
        text.AppendSection("Pools", status.Pools, p => $"{p.Name}  {p.State}{Words("IPv4", p.AssignedIPv4, p.AvailableIPv4)}{Words("IPv6", p.AssignedIPv6, p.AvailableIPv6)}");
        text.AppendSection("Problems of configuration and Services", status.Problems, p => $"{p.Kind} {p.Key}: {p.Reason}: {p.Message}");
        text.AppendSection("Said by a part of LbSpeaker", status.Disagreements, d => d);
        text.AppendSection("Waiting", status.Waiting, w => $"{w.Service}  {w.Reason}: {w.Message}");
        text.AppendSection("Not announced", status.NotAnnounced, w => $"{w.Service}  {w.Reason}: {w.Message}");
        text.AppendSection("Sessions down", status.SessionsDown, s => $"{s.Node} to {s.Peer}  {s.State} since {TextForm.Moment(s.Since)}{(s.Message.Length > 0 ? $": {s.Message}" : "")}");
        text.Append(status.Wrong switch
        {
            0 => "nothing is wrong\n",
            1 => "1 thing is wrong\n",
            var many => $"{many} things are wrong\n",
        });
        if (status.Waiting.Count + status.NotAnnounced.Count > 0) text.Append("lbspeaker explain NAMESPACE/NAME tells why, and what to change\n");
        return text.ToString();
    }

    public static void Write(Utf8JsonWriter json, ClusterStatus status)
    {
        json.WriteStartObject();
        json.WriteNumber("wrong", status.Wrong);
        json.WriteString("controller", status.Controller?.Says);
        json.Objects("speakers", status.Speakers, s =>
        {
            json.WriteString("node", s.Node);
            if (s.IsAlive is { } isAlive) json.WriteBoolean("alive", isAlive); else json.WriteNull("alive");
            json.WriteString("heartbeats", s.Heartbeats);
            json.WriteString("maintenance", s.Maintenance.ToString());
            json.WriteString("version", s.Version);
            json.WriteString("trouble", s.Trouble);
        });
        json.Objects("pools", status.Pools, p => PlanJson.Write(json, p));
        PlanJson.WriteProblems(json, status.Problems);
        json.Texts("disagreements", status.Disagreements);
        Lacks("waiting", status.Waiting);
        Lacks("notAnnounced", status.NotAnnounced);
        json.Objects("sessionsDown", status.SessionsDown, s =>
        {
            json.WriteString("node", s.Node);
            json.WriteString("peer", s.Peer);
            json.WriteString("state", s.State);
            json.WriteString("since", s.Since.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
            json.WriteString("message", s.Message);
        });
        json.WriteEndObject();

        void Lacks(string name, IReadOnlyList<ServiceLack> lacks) => json.Objects(name, lacks, lack =>
        {
            PlanJson.WriteKey(json, lack.Service);
            json.WriteString("reason", lack.Reason);
            json.WriteString("message", lack.Message);
        });
    }

    private static string Words(SpeakerStanding speaker)
    {
        string[] words =
        [
            speaker.IsAlive switch { true => "alive", false => "dead", null => "no Lease tells of it" },
            speaker.Heartbeats.Length > 0 ? $"heartbeats {speaker.Heartbeats}" : "",
            speaker.Maintenance == MaintenancePhase.None ? "" : $"in maintenance ({speaker.Maintenance})",
            speaker.Version,
            speaker.Trouble,
        ];
        return string.Join(", ", words.Where(w => w.Length > 0));
    }

    /// <summary>Nothing for a family that the pool has none of.</summary>
    private static string Words(string family, long assigned, long available)
    {
        if (assigned == 0 && available == 0) return "";
        decimal total = (decimal)assigned + available;
        return string.Create(CultureInfo.InvariantCulture, $"  {family} {assigned} of {total} in use ({Math.Ceiling(100 * assigned / total):0} %)");
    }
}
