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
    /// <summary>The media type of what <see cref="Render"/> gives.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly Lock gate = new();
    private readonly SortedDictionary<string, Family> families = new(StringComparer.Ordinal);
    private readonly MeterListener listener = new();

    public PrometheusExporter()
    {
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name.StartsWith("LbSpeaker.", StringComparison.Ordinal)) self.EnableMeasurementEvents(instrument, FamilyOf(instrument));
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, state) => ((Family)state!).Record(value, tags));
        listener.SetMeasurementEventCallback<int>((_, value, tags, state) => ((Family)state!).Record(value, tags));
        listener.SetMeasurementEventCallback<double>((_, value, tags, state) => ((Family)state!).Record(value, tags));
        listener.Start();
    }

    /// <summary>All figures at this moment. Those who ask at once wait for each other.</summary>
    public string Render()
    {
        lock (gate)
        {
            foreach (Family family in families.Values) family.BeginReading();
            listener.RecordObservableInstruments();
            StringBuilder text = new();
            foreach ((string name, Family family) in families)
            {
                if (family.Description is { Length: > 0 } help) text.Append("# HELP ").Append(name).Append(' ').Append(Escape(help)).Append('\n');
                text.Append("# TYPE ").Append(name).Append(' ').Append(family.Type).Append('\n');
                family.Write(name, text);
            }
            return text.ToString();
        }
    }

    public void Dispose() => listener.Dispose();

    private Family FamilyOf(Instrument instrument)
    {
        lock (gate)
        {
            if (families.TryGetValue(instrument.Name, out Family? known)) return known;
            return families[instrument.Name] = instrument is Histogram<double> histogram
                ? new Distribution(instrument.Description, histogram.Advice?.HistogramBucketBoundaries ?? throw new InvalidOperationException($"{instrument.Name} has no buckets"))
                : new Samples(instrument);
        }
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

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

    /// <summary>The figures of one name.</summary>
    private abstract class Family(string? description, string type)
    {
        public string? Description => description;

        public string Type => type;

        /// <summary>What is read on demand is about to be read: what is there of it is old.</summary>
        public virtual void BeginReading() { }

        public abstract void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags);

        public abstract void Write(string name, StringBuilder text);
    }

    private sealed class Samples(Instrument instrument) : Family(instrument.Description, IsKind(instrument, typeof(Counter<>), typeof(ObservableCounter<>)) ? "counter" : "gauge")
    {
        private readonly Lock gate = new();
        private readonly SortedDictionary<string, double> values = new(StringComparer.Ordinal);
        private readonly bool isObservable = instrument.IsObservable, adds = IsKind(instrument, typeof(Counter<>), typeof(UpDownCounter<>));

        public override void BeginReading()
        {
            if (!isObservable) return;
            lock (gate) values.Clear();
        }

        public override void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            string labels = Labels(tags);
            lock (gate) values[labels] = adds && values.TryGetValue(labels, out double sum) ? sum + value : value;
        }

        public override void Write(string name, StringBuilder text)
        {
            lock (gate)
                foreach ((string labels, double value) in values) text.Append(name).Append(labels).Append(' ').Append(Number(value)).Append('\n');
        }

        private static bool IsKind(Instrument instrument, params ReadOnlySpan<Type> kinds) => kinds.Contains(instrument.GetType().GetGenericTypeDefinition());
    }

    /// <summary>A histogram, without labels. Whoever records never waits: not for the reader either.</summary>
    private sealed class Distribution(string? description, IReadOnlyList<double> bounds) : Family(description, "histogram")
    {
        private readonly long[] counts = new long[bounds.Count + 1];
        private double sum;

        public override void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (!tags.IsEmpty) throw new InvalidOperationException("histograms have no labels");
            int bucket = 0;
            while (bucket < bounds.Count && value > bounds[bucket]) bucket++;
            Interlocked.Increment(ref counts[bucket]);
            double before = sum;
            while (Interlocked.CompareExchange(ref sum, before + value, before) is var found && found != before) before = found;
        }

        public override void Write(string name, StringBuilder text)
        {
            long total = 0;
            for (int bucket = 0; bucket < counts.Length; bucket++)
            {
                total += Volatile.Read(ref counts[bucket]);
                text.Append(name).Append("_bucket{le=\"").Append(bucket < bounds.Count ? Number(bounds[bucket]) : "+Inf").Append("\"} ").Append(total).Append('\n');
            }
            text.Append(name).Append("_sum ").Append(Number(Volatile.Read(ref sum))).Append('\n');
            text.Append(name).Append("_count ").Append(total).Append('\n');
        }
    }
}
