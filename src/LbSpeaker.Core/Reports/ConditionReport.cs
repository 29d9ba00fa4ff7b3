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

/// <summary>
/// The reasons of conditions that are no fault and no refusal. Beside these a condition carries a word of <c>AllocationReason</c>, <c>RefusalReason</c>,
/// <c>NotAnnouncedReason</c> or <c>ProblemReason</c>. They are an API.
/// </summary>
public static class ConditionReasons
{
    /// <summary>All that was asked for is held.</summary>
    public const string Allocated = "Allocated";

    /// <summary>The elected node says that it announces every address.</summary>
    public const string Announced = "Announced";

    /// <summary>There is no address to announce.</summary>
    public const string NotAllocated = "NotAllocated";

    /// <summary>A node is elected and has not said yet that it announces.</summary>
    public const string AwaitingSpeaker = "AwaitingSpeaker";

    /// <summary>The elected node does not announce an address, for a reason that this version does not know.</summary>
    public const string NotAnnounced = "NotAnnounced";

    /// <summary>The object is in force as written.</summary>
    public const string Valid = "Valid";

    /// <summary>The object is in force as written, and something about it is strange.</summary>
    public const string ValidWithWarnings = "ValidWithWarnings";
}
