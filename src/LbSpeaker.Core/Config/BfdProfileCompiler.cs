using LbSpeaker.Core.Announcement.Bgp;
using LbSpeaker.Core.Config.Rules;

namespace LbSpeaker.Core.Config;

/// <summary>Judges the BFDProfiles; peers look theirs up by name.</summary>
internal sealed class BfdProfileCompiler
{
    private readonly Judge judge = new();

    public Judged<BfdSettings> Compile(BfdProfileDeclaration declaration) => judge.Decide(declaration, declaration.LastValid, Read, check: null, _ => []);

    /// <summary>Defaults as MetalLB documents them.</summary>
    private static BfdSettings Read(BfdProfileDeclaration declaration, Faults faults) => new(
        declaration.Meta.Key.Name,
        Interval(declaration.ReceiveInterval, 300, "receiveInterval", faults),
        Interval(declaration.TransmitInterval, 300, "transmitInterval", faults),
        RangeRule.Check(declaration.DetectMultiplier ?? 3, 2, 255, "detectMultiplier", faults),
        Interval(declaration.EchoInterval, 50, "echoInterval", faults),
        declaration.EchoMode,
        declaration.PassiveMode,
        RangeRule.Check(declaration.MinimumTtl ?? 254, 1, 254, "minimumTtl", faults),
        declaration.StrictMode);

    private static TimeSpan Interval(int? milliseconds, int otherwise, string field, Faults faults) =>
        TimeSpan.FromMilliseconds(RangeRule.Check(milliseconds ?? otherwise, 10, 60_000, field, faults));
}
