using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace LbSpeaker.Observability;

/// <summary>
/// Gathers every instrument of the process whose meter starts with <c>LbSpeaker.</c> and writes the Prometheus text format (version 0.0.4).
/// Instruments carry their Prometheus names, so that what stands in the code is what dashboards ask for.
/// </summary>
public sealed class PrometheusExporter : IDisposable
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, Family> families = new(StringComparer.Ordinal);
    private readonly MeterListener listener = new();

    public PrometheusExporter()
    {
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name.StartsWith("LbSpeaker.", StringComparison.Ordinal)) self.EnableMeasurementEvents(instrument, FamilyOf(instrument));
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, state) => Record(state, value, tags));
        listener.SetMeasurementEventCallback<int>((_, value, tags, state) => Record(state, value, tags));
        listener.SetMeasurementEventCallback<double>((_, value, tags, state) => Record(state, value, tags));
        listener.Start();
    }

    public string Render()
    {
        lock (gate)
            foreach (Family family in families.Values)
                if (family.IsObservable) family.Samples.Clear();
        listener.RecordObservableInstruments();
        StringBuilder text = new();
        lock (gate)
            foreach ((string name, Family family) in families)
            {
                if (family.Description is { Length: > 0 } help) text.Append("# HELP ").Append(name).Append(' ').Append(Escape(help)).Append('\n');
                text.Append("# TYPE ").Append(name).Append(' ').Append(family.IsCounter ? "counter" : "gauge").Append('\n');
                foreach ((string labels, double value) in family.Samples)
                    text.Append(name).Append(labels).Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
            }
        return text.ToString();
    }

    public void Dispose() => listener.Dispose();

    private Family FamilyOf(Instrument instrument)
    {
        Type kind = instrument.GetType().GetGenericTypeDefinition();
        bool isCounter = kind == typeof(Counter<>) || kind == typeof(ObservableCounter<>);
        bool adds = kind == typeof(Counter<>) || kind == typeof(UpDownCounter<>);
        lock (gate)
        {
            if (families.TryGetValue(instrument.Name, out Family? known)) return known;
            return families[instrument.Name] = new Family(instrument.Description, isCounter, adds, instrument.IsObservable);
        }
    }

    private void Record(object? state, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Family family = (Family)state!;
        string labels = Labels(tags);
        lock (gate)
            family.Samples[labels] = family.Adds && family.Samples.TryGetValue(labels, out double sum) ? sum + value : value;
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty) return "";
        StringBuilder text = new("{");
        foreach ((string name, object? value) in tags)
        {
            if (text.Length > 1) text.Append(',');
            text.Append(name).Append("=\"").Append(Escape(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "").Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
        }
        return text.Append('}').ToString();
    }

    private static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private sealed record Family(string? Description, bool IsCounter, bool Adds, bool IsObservable)
    {
        public SortedDictionary<string, double> Samples { get; } = new(StringComparer.Ordinal);
    }
}
