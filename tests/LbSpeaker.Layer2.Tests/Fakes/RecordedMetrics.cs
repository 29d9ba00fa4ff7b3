using System.Diagnostics.Metrics;

namespace LbSpeaker.Layer2.Tests.Fakes;

/// <summary>What somebody reads who asks for the metrics of one announcer.</summary>
internal static class RecordedMetrics
{
    /// <summary>"name{label=value,…}" → value.</summary>
    public static Dictionary<string, long> Read(Layer2Metrics metrics)
    {
        Dictionary<string, long> samples = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (metrics.Owns(instrument)) self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, labels, _) =>
            samples.Add($"{instrument.Name}{{{string.Join(',', labels.ToArray().Select(l => $"{l.Key}={l.Value}"))}}}", value));
        listener.Start();
        listener.RecordObservableInstruments();
        return samples;
    }
}
