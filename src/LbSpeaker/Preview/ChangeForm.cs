using System.Text;
using System.Text.Json;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Net;

namespace LbSpeaker.Preview;

/// <summary>A <see cref="ChangePreview"/> for a person and for a program.</summary>
internal static class ChangeForm
{
    public static string Text(ChangePreview change, IEnumerable<string> warnings)
    {
        StringBuilder text = new();
        text.AppendWarnings(warnings);
        text.AppendSection("Addresses", change.Addresses, a => $"{a.Service}  {Words(a)}{(a.Why.Length > 0 ? $"  ({a.Why})" : "")}");
        text.AppendSection("Owners at Layer 2", change.Owners, o => $"{o.Address} of {o.Service}  {o.From ?? "nobody"} -> {o.To ?? "nobody"}");
        text.AppendSection("Routes", change.Routes, r => r switch
        {
            { Before: null } => $"+ {r.Prefix}  {r.Node} to {r.Peer}  {r.After}",
            { After: null } => $"- {r.Prefix}  {r.Node} to {r.Peer}",
            _ => $"~ {r.Prefix}  {r.Node} to {r.Peer}  {r.Before} -> {r.After}",
        });
        text.AppendSection("Problems that it brings", change.Brings, Words);
        text.AppendSection("Problems that it cures", change.Cures, Words);
        if (text.Length == 0) text.Append("nothing changes\n");
        else if (change.TakesAddresses) text.Append("Addresses in use are taken away or changed.\n");
        return text.ToString();
    }

    public static void Write(Utf8JsonWriter json, ChangePreview change)
    {
        json.WriteStartObject();
        json.WriteBoolean("takesAddresses", change.TakesAddresses);
        json.Objects("addresses", change.Addresses, a =>
        {
            PlanJson.WriteKey(json, a.Service);
            json.WriteString("fate", a.Fate.ToString());
            json.Texts("before", a.Before.Select(b => b.ToString()));
            json.Texts("after", a.After.Select(b => b.ToString()));
            json.WriteString("why", a.Why);
        });
        json.Objects("owners", change.Owners, o =>
        {
            PlanJson.WriteKey(json, o.Service);
            json.WriteString("address", o.Address.ToString());
            json.WriteString("from", o.From);
            json.WriteString("to", o.To);
        });
        json.Objects("routes", change.Routes, r =>
        {
            json.WriteString("node", r.Node);
            json.WriteString("peer", r.Peer);
            json.WriteString("prefix", r.Prefix.ToString());
            json.WriteString("before", r.Before);
            json.WriteString("after", r.After);
        });
        PlanJson.WriteProblems(json, change.Brings, "brings");
        PlanJson.WriteProblems(json, change.Cures, "cures");
        json.WriteEndObject();
    }

    private static string Words(AddressChange change) => change.Fate switch
    {
        AddressFate.Gets => $"gets {List(change.After)}",
        AddressFate.GetsMore => $"keeps {List(change.Before)}, gets {List(change.After.Except(change.Before))}",
        AddressFate.Changes => $"changes {List(change.Before)} -> {List(change.After)}",
        AddressFate.Loses when change.After.IsEmpty => $"loses {List(change.Before)}",
        AddressFate.Loses => $"loses {List(change.Before.Except(change.After))}, keeps {List(change.After)}",
        _ => throw new ArgumentOutOfRangeException(nameof(change)),
    };

    private static string Words(Problem problem) => $"{problem.Kind} {problem.Key}: {problem.Reason}: {problem.Message}";

    private static string List(IEnumerable<IpAddress> addresses) => string.Join(", ", addresses);
}
