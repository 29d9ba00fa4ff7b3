using System.Text.Json;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>What differs in the status of an IPClaim, as a merge patch. Nobody else writes there.</summary>
internal static class ClaimStatusPatch
{
    /// <returns>Null where nothing differs, or where the report speaks of another state of the spec than the one at hand.</returns>
    public static byte[]? Of(ClaimReport desired, ClaimRecord present, DateTimeOffset now)
    {
        if (desired.Uid != present.View.Uid || desired.Generation != present.View.Generation) return null;
        ClaimStatusRecord stands = present.Status;
        ValueArray<string> addresses = desired.Addresses.Select(a => a.ToString()).ToValueArray();
        bool isHeld = present.View.Held == addresses && present.View.HeldFrom == desired.Pools;
        DateTimeOffset? since = addresses.IsEmpty ? null : present.View.Held == addresses && stands.Since is { } known ? known : JsonBody.WholeSecond(now);
        ValueArray<ConditionRecord> conditions = [Conditions.Next(desired.Held, stands.Conditions, desired.Generation, now)];
        if (isHeld && stands == new ClaimStatusRecord(desired.UsedBy, since, desired.UnusedSince, desired.ExpiresAt, conditions)) return null;

        return Write(present, json =>
        {
            WriteHeld(json, addresses, desired.Pools);
            WriteTexts(json, "usedBy", desired.UsedBy);
            WriteTime(json, "since", since);
            WriteTime(json, "unusedSince", desired.UnusedSince);
            WriteTime(json, "expiresAt", desired.ExpiresAt);
            json.WriteStartArray("conditions");
            foreach (ConditionRecord condition in conditions) Conditions.Write(json, condition, now);
            json.WriteEndArray();
        });
    }

    /// <summary>Takes addresses out of the status and leaves all else.</summary>
    /// <returns>Null where the status holds none but <paramref name="kept"/>.</returns>
    public static byte[]? Dropping(ClaimRecord present, ValueArray<IpAddress> kept)
    {
        ValueArray<string> left = present.View.Held.Where(h => IpAddress.TryParse(h, out IpAddress address) && kept.Contains(address)).ToValueArray();
        return left.Count == present.View.Held.Count ? null : Write(present, json => WriteHeld(json, left, present.View.HeldFrom));
    }

    private static byte[] Write(ClaimRecord present, Action<Utf8JsonWriter> status) => JsonBody.Of(json =>
    {
        json.WriteStartObject("metadata");
        json.WriteString("resourceVersion", present.ResourceVersion);
        json.WriteEndObject();
        json.WriteStartObject("status");
        status(json);
        json.WriteEndObject();
    });

    private static void WriteHeld(Utf8JsonWriter json, ValueArray<string> addresses, ValueArray<string> pools)
    {
        WriteTexts(json, "addresses", addresses);
        WriteTexts(json, "pools", pools);
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, ValueArray<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static void WriteTime(Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } known) json.WriteString(name, JsonBody.Time(known)); else json.WriteNull(name);
    }
}
