using LbSpeaker.Core.Allocation;
using LbSpeaker.Core.Config;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Reports;

/// <summary>What the controller writes to the status of a configuration object.</summary>
/// <param name="Condition">Whether it is in force as written.</param>
/// <param name="StoresSpec">The present spec is valid: it becomes status.lastValid.</param>
/// <param name="Usage">The counters, for a pool.</param>
public sealed record ConfigReport(DeclarationMeta Meta, ConditionReport Condition, bool StoresSpec, PoolUsage? Usage)
{
    /// <summary>Of a BGPPeer, null for other kinds.</summary>
    public PeerSessions? Sessions { get; init; }

    /// <summary>Of an advertisement, null for other kinds.</summary>
    public AdvertisementReport? Selection { get; init; }

    /// <summary>All that are to stand.</summary>
    public ValueArray<ConditionReport> Conditions => (Sessions?.Condition ?? Selection?.Condition) is { } other ? [Condition, other] : [Condition];

    public static ConfigReport Of(ConfigVerdict verdict, PoolUsage? usage, PeerSessions? sessions = null, AdvertisementReport? selection = null)
    {
        string held = usage is null || usage.Excluded.IsEmpty ? "" : $"; excluded but still held: {string.Join(", ", usage.Excluded.Select(a => a.ToString()))}";
        string warnings = string.Join("; ", verdict.Warnings.ToArray());
        ConditionReport condition = verdict.Standing == ConfigStanding.Valid
            ? new(ConditionTypes.Valid, ConditionStatus.True, verdict.Warnings.IsEmpty ? ConditionReasons.Valid : ConditionReasons.ValidWithWarnings, (warnings + held).TrimStart(';', ' '))
            : new(ConditionTypes.Valid, ConditionStatus.False, verdict.Problems.IsEmpty ? nameof(ProblemReason.Malformed) : verdict.Problems[0].Reason.ToString(),
                string.Join("; ", verdict.Problems.Select(p => p.Message)) + Consequence(verdict.Standing) + held);
        return new(verdict.Meta, condition, verdict.Standing == ConfigStanding.Valid, usage) { Sessions = sessions, Selection = selection };
    }

    private static string Consequence(ConfigStanding standing) => standing switch
    {
        ConfigStanding.Frozen => " (frozen: nothing new is taken from it, what it gave stays)",
        ConfigStanding.LastValid => " (the last valid form stays in force)",
        ConfigStanding.LeftOut => " (left out: there is no last valid form)",
        _ => "",
    };
}

/// <summary>The verdict over the whole configuration that one component works with: ConfigurationState.</summary>
/// <param name="ErrorSummary">Every fault, a line each; empty where there is none.</param>
public sealed record ConfigurationReport(bool IsValid, string ErrorSummary)
{
    public static ConfigurationReport Of(CompiledConfig config)
    {
        string summary = string.Join("\n", config.Problems.Select(p => $"configuration error: {p.Kind} {p.Key}: {p.Message}"));
        return new(summary.Length == 0, summary);
    }
}
