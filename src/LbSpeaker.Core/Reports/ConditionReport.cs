namespace LbSpeaker.Core.Reports;

public enum ConditionStatus { True, False, Unknown }

/// <summary>One entry of status.conditions without its times, which the writer knows.</summary>
/// <param name="Reason">A word of one of the closed sets.</param>
public sealed record ConditionReport(string Type, ConditionStatus Status, string Reason, string Message);

/// <summary>The types of the conditions that LbSpeaker writes. They are an API.</summary>
public static class ConditionTypes
{
    /// <summary>On a Service: it has the addresses that it asks for.</summary>
    public const string Allocated = "lbspeaker.io/Allocated";

    /// <summary>On a Service: some node announces it.</summary>
    public const string Announced = "lbspeaker.io/Announced";

    /// <summary>On a configuration object: it is in force as written.</summary>
    public const string Valid = "Valid";
}
