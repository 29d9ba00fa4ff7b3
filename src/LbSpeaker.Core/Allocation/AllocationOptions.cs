namespace LbSpeaker.Core.Allocation;

/// <summary>Which Services are ours.</summary>
/// <param name="LoadBalancerClass">Only Services with exactly this spec.loadBalancerClass; null: only those without one.</param>
public sealed record AllocationOptions(string? LoadBalancerClass);
