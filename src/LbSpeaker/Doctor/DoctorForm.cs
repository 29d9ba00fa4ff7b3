using System.Text;
using System.Text.Json;
using LbSpeaker.Preview;

namespace LbSpeaker.Doctor;

/// <summary>Findings, and a take-over, for a person and for a program.</summary>
internal static class DoctorForm
{
    public static string Text(IReadOnlyList<Finding> findings, Takeover? takeover, IEnumerable<string> warnings)
    {
        StringBuilder text = new();
        text.AppendWarnings(warnings);
        foreach (Finding finding in findings.Where(f => f.IsWrong)) text.Append(finding.Name).Append(": ").Append(finding.Says).Append("\n  to do: ").Append(finding.Cure).Append('\n');
        if (!findings.Any(f => f.IsWrong)) text.Append("nothing is wrong\n");
        foreach (Finding finding in findings.Where(f => !f.IsWrong)) text.Append("not examined: ").Append(finding.Says).Append("; ").Append(finding.Cure).Append('\n');
        if (takeover is not null) Append(text, takeover);
        return text.ToString();
    }

    public static void Write(Utf8JsonWriter json, IReadOnlyList<Finding> findings, Takeover? takeover)
    {
        json.WriteStartObject();
        json.Objects("findings", findings, f =>
        {
            json.WriteString("name", f.Name.ToString());
            json.WriteBoolean("wrong", f.IsWrong);
            json.WriteString("says", f.Says);
            json.WriteString("cure", f.Cure);
        });
        if (takeover is not null)
        {
            json.WriteStartObject("takeover");
            json.WriteBoolean("keepsEveryAddress", takeover.KeepsEveryAddress);
            json.Objects("services", takeover.Services, s =>
            {
                PlanJson.WriteKey(json, s.Service);
                json.Texts("has", s.Has);
                json.Texts("willHave", s.WillHave);
                json.WriteBoolean("stays", s.Stays);
                json.WriteString("why", s.Why);
            });
            PlanJson.WriteProblems(json, takeover.JudgedOtherwise, "judgedOtherwise");
            json.Texts("inTheWay", takeover.InTheWay.Select(f => f.Name.ToString()));
            json.Texts("commands", takeover.Commands);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void Append(StringBuilder text, Takeover takeover)
    {
        text.Append("\nTaking over from MetalLB\n");
        if (takeover.Services.Count == 0) text.Append("  no Service of type LoadBalancer\n");
        foreach (TakenOver s in takeover.Services)
        {
            string has = s.Has.Count == 0 ? "nothing" : string.Join(", ", s.Has), will = s.WillHave.Count == 0 ? "nothing" : string.Join(", ", s.WillHave);
            text.Append("  ").Append(s.Service).Append("  ").Append(has == will ? $"keeps {has}" : $"has {has}, will have {will}").Append(s.Why.Length > 0 ? $"  ({s.Why})" : "").Append('\n');
        }
        text.AppendSection("Objects that LbSpeaker finds at fault", takeover.JudgedOtherwise, p => $"{p.Kind} {p.Key}: {p.Reason}: {p.Message}");
        text.Append(takeover.KeepsEveryAddress ? "Every address stays.\n" : "Not every address stays.\n");
        text.AppendSection("In this order", takeover.Commands, c => c);
    }
}
