namespace LbSpeaker.Doctor;

/// <summary>What a doctor can find. The names are an API; the room's README lists them.</summary>
internal enum FindingName
{
    /// <summary>Something that a check needs could not be seen, so that nothing is said about it.</summary>
    NotExamined,
    StrictArpOff,
    ReversePathFilterStrict,
    EveryNodeExcluded,
    PortTaken,
    KernelFeatureMissing,
    NoControllerLeads,
    SpeakerDown,
    SessionDown,
    MetalLBRuns,
    WebhookJudges,
    ConversionByWebhook,
    PoolNotAdvertised,
    DefinitionMissing,
    DefinitionOld,
    RightMissing,
    KubernetesTooOld,
}

/// <param name="Says">What was found, in one line.</param>
/// <param name="Cure">What to do about it, in one line.</param>
internal sealed record Finding(FindingName Name, string Says, string Cure)
{
    /// <summary>It is wrong, and not merely unknown.</summary>
    public bool IsWrong => Name != FindingName.NotExamined;
}
