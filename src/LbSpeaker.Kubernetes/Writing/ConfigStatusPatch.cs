using System.Text.Json;
using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Announcement;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>
/// What differs in the status of a configuration object, as a merge patch: custom resources know no strategic merge, so the conditions go out
/// as the whole list, others' among them as they were; the resourceVersion makes that safe.
/// </summary>
internal static class ConfigStatusPatch
{
    /// <returns>Null where nothing differs, or where the report speaks of another state of the spec than the one at hand. Counters and lists are not urgent, but for the sessions of a BGPPeer.</returns>
    public static (byte[] Body, bool IsUrgent)? Of(ConfigReport desired, ConfigRecord present, DateTimeOffset now)
    {
        if (desired.Meta.Uid != present.Declaration.Meta.Uid || desired.Meta.Generation != present.Declaration.Meta.Generation) return null;
        ConditionRecord[] conditions = [.. desired.Conditions.Select(c => Conditions.Next(c, present.Status.Conditions, desired.Meta.Generation, now))];
        bool conditionsDiffer = conditions.Any(c => Conditions.Find(present.Status.Conditions, c.Type) != c);
        bool specDiffers = desired.StoresSpec && present.Status.LastValidSpec != present.Spec;
        PoolCounters? counters = desired.Usage is { } usage ? new(usage.AssignedIPv4, usage.AssignedIPv6, usage.AvailableIPv4, usage.AvailableIPv6) : null;
        bool countersDiffer = counters is not null && counters != present.Status.Counters;
        bool claimsDiffer = desired.Usage is { Claims: var claims } && claims != present.Status.Claims;
        PoolHoldersRecord? holders = desired.Usage is { } pool ? new(pool.State.ToString(), pool.Held.Total, pool.Held.First) : null;
        bool holdersDiffer = holders is not null && holders != present.Status.Holders;
        SelectionRecord? selection = desired.Selection is { } selected
            ? new(ShownRecord<string>.Of(selected.Pools), ShownRecord<string>.Of(selected.Nodes), selected.Peers is { } peers ? ShownRecord<string>.Of(peers) : null, ShownRecord<SelectedAddress>.Of(selected.Addresses))
            : null;
        bool selectionDiffers = selection is not null && selection != present.Status.Selection;
        PeerSessionsRecord? sessions = desired.Sessions is { } told ? new(told.Up, told.Sessions.Count, told.Sessions) : null;
        bool sessionsDiffer = sessions is not null && sessions != present.Status.Sessions;
        if (!conditionsDiffer && !specDiffers && !countersDiffer && !claimsDiffer && !holdersDiffer && !selectionDiffers && !sessionsDiffer) return null;

        return (JsonBody.Of(json =>
        {
            json.WriteStartObject("metadata");
            json.WriteString("resourceVersion", present.ResourceVersion);
            json.WriteEndObject();
            json.WriteStartObject("status");
            if (countersDiffer)
            {
                json.WriteNumber("assignedIPv4", counters!.AssignedIPv4);
                json.WriteNumber("assignedIPv6", counters.AssignedIPv6);
                json.WriteNumber("availableIPv4", counters.AvailableIPv4);
                json.WriteNumber("availableIPv6", counters.AvailableIPv6);
            }
            if (claimsDiffer) WriteClaims(json, desired.Usage!.Claims);
            if (holdersDiffer) WriteHolders(json, holders!);
            if (selectionDiffers) WriteSelection(json, selection!);
            if (sessionsDiffer) WriteSessions(json, sessions!);
            if (specDiffers) json.WriteString("lastValid", present.Spec);
            if (conditionsDiffer)
            {
                json.WriteStartArray("conditions");
                foreach (ConditionRecord other in present.Status.Conditions)
                    if (!conditions.Any(c => c.Type == other.Type)) Conditions.Write(json, other, now);
                foreach (ConditionRecord condition in conditions) Conditions.Write(json, condition, now);
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }), conditionsDiffer || specDiffers || sessionsDiffer);
    }

    private static void WriteClaims(Utf8JsonWriter json, ValueArray<ClaimedAddress> claims)
    {
        json.WriteStartArray("claims");
        foreach (ClaimedAddress claimed in claims)
        {
            json.WriteStartObject();
            json.WriteString("address", claimed.Address.ToString());
            json.WriteString("namespace", claimed.Claim.Namespace);
            json.WriteString("name", claimed.Claim.Name);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteHolders(Utf8JsonWriter json, PoolHoldersRecord holders)
    {
        json.WriteString("state", holders.State);
        json.WriteNumber("heldTotal", holders.Total!.Value);
        json.WriteStartArray("held");
        foreach (HeldAddress held in holders.First)
        {
            json.WriteStartObject();
            json.WriteString("address", held.Address.ToString());
            if (held.Claim is { } claim) json.WriteString("claim", claim.ToString());
            if (held.Service is { } service) json.WriteString("service", service.ToString());
            if (held.Services > 1) json.WriteNumber("services", held.Services);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteSelection(Utf8JsonWriter json, SelectionRecord selection)
    {
        WriteNames(json, "pools", selection.Pools);
        WriteNames(json, "nodes", selection.Nodes);
        if (selection.Peers is { } peers) WriteNames(json, "peers", peers);
        json.WriteNumber("addressesTotal", selection.Addresses.Total!.Value);
        json.WriteStartArray("addresses");
        foreach (SelectedAddress selected in selection.Addresses.First)
        {
            json.WriteStartObject();
            json.WriteString("address", selected.Address.ToString());
            json.WriteString("service", selected.Service.ToString());
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteNames(Utf8JsonWriter json, string field, ShownRecord<string> names)
    {
        json.WriteNumber(field + "Total", names.Total!.Value);
        json.WriteStartArray(field);
        foreach (string name in names.First) json.WriteStringValue(name);
        json.WriteEndArray();
    }

    private static void WriteSessions(Utf8JsonWriter json, PeerSessionsRecord sessions)
    {
        json.WriteNumber("sessionsUp", sessions.Up!.Value);
        json.WriteNumber("sessionsTotal", sessions.Total!.Value);
        json.WriteStartArray("sessions");
        foreach (NodeSession session in sessions.Sessions)
        {
            json.WriteStartObject();
            json.WriteString("node", session.Node);
            json.WriteString("state", session.State);
            json.WriteString("since", JsonBody.Time(session.Since));
            if (session.Message.Length > 0) json.WriteString("message", session.Message);
            if (session.Bfd.Length > 0) json.WriteString("bfd", session.Bfd);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
