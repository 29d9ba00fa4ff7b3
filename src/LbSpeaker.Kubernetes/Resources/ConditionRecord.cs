namespace LbSpeaker.Kubernetes.Resources;

/// <summary>A condition as it stands on an object (meta/v1 Condition).</summary>
/// <param name="Status">True, False or Unknown.</param>
/// <param name="ObservedGeneration">The metadata.generation that it speaks of; 0 where the kind has none.</param>
public sealed record ConditionRecord(string Type, string Status, string Reason, string Message, long ObservedGeneration, DateTimeOffset? LastTransition);
