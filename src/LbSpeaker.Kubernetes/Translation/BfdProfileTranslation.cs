using LbSpeaker.Core.Config;

namespace LbSpeaker.Kubernetes.Translation;

/// <summary>metallb.io/v1beta1 BFDProfile. Intervals are in milliseconds.</summary>
internal static class BfdProfileTranslation
{
    public static BfdProfileDeclaration ReadSpec(DeclarationMeta meta, ShapeReader spec, TranslationContext context)
    {
        spec.RefuseUnknown("receiveInterval", "transmitInterval", "detectMultiplier", "echoInterval", "echoMode", "passiveMode", "minimumTtl", "strictMode");
        return new(meta)
        {
            ReceiveInterval = spec.Int32("receiveInterval"),
            TransmitInterval = spec.Int32("transmitInterval"),
            DetectMultiplier = spec.Int32("detectMultiplier"),
            EchoInterval = spec.Int32("echoInterval"),
            EchoMode = spec.Flag("echoMode") ?? false,
            PassiveMode = spec.Flag("passiveMode") ?? false,
            MinimumTtl = spec.Int32("minimumTtl"),
            StrictMode = spec.Flag("strictMode") ?? false,
        };
    }
}
