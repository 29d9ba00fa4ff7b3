using System.Diagnostics.Metrics;

namespace LbSpeaker.Testing.Observability;

/// <summary>What somebody reads who asks for the counters of one meter that are counted elsewhere and read on demand.</summary>
public static class RecordedMetrics
{
    /// <summary>"name{label=value,…}" → value.</summary>
    public static Dictionary<string, long> Read(Meter meter)
    {
        Dictionary<string, long> samples = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter == meter) self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, labels, _) =>
            samples.Add($"{instrument.Name}{{{string.Join(',', labels.ToArray().Select(l => $"{l.Key}={l.Value}"))}}}", value));
        listener.Start();
        listener.RecordObservableInstruments();
        return samples;
    }

    /// <summary>The instruments that there are of a meter at this moment, sorted.</summary>
    public static IEnumerable<string> Published(string meter)
    {
        SortedSet<string> published = new(StringComparer.Ordinal);
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == meter) published.Add(instrument.Name);
        };
        listener.Start();
        return published;
    }
}
