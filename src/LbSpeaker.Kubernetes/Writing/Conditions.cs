using System.Text.Json;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Kubernetes.Resources;

namespace LbSpeaker.Kubernetes.Writing;

/// <summary>meta/v1 Condition, as it is written.</summary>
internal static class Conditions
{
    /// <summary>The longest message that the API accepts.</summary>
    private const int LongestMessage = 32768;

    /// <summary>What the condition is to become, given how it stands: its transition time moves only with its status.</summary>
    public static ConditionRecord Next(ConditionReport report, ValueArray<ConditionRecord> present, long observedGeneration, DateTimeOffset now)
    {
        ConditionRecord? old = Find(present, report.Type);
        string status = report.Status.ToString();
        string message = report.Message.Length <= LongestMessage ? report.Message : report.Message[..(LongestMessage - 1)] + "…";
        return new(report.Type, status, report.Reason, message, observedGeneration, old?.Status == status && old.LastTransition is { } since ? since : now);
    }

    public static ConditionRecord? Find(ValueArray<ConditionRecord> conditions, string type)
    {
        foreach (ConditionRecord condition in conditions)
            if (condition.Type == type) return condition;
        return null;
    }

    public static void Write(Utf8JsonWriter json, ConditionRecord condition, DateTimeOffset now)
    {
        json.WriteStartObject();
        json.WriteString("type", condition.Type);
        json.WriteString("status", condition.Status);
        json.WriteString("reason", condition.Reason);
        json.WriteString("message", condition.Message);
        if (condition.ObservedGeneration > 0) json.WriteNumber("observedGeneration", condition.ObservedGeneration);
        json.WriteString("lastTransitionTime", JsonBody.Time(condition.LastTransition ?? now));
        json.WriteEndObject();
    }
}
