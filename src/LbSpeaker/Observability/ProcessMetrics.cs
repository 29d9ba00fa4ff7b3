using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using LbSpeaker.Hosting;

namespace LbSpeaker.Observability;

/// <summary>What the process itself costs, and how long the garbage collector holds it up. The first three have the names that every Prometheus client library gives them.</summary>
internal sealed class ProcessMetrics : IDisposable
{
    public const string MeterName = "LbSpeaker.Process";

    private readonly Meter meter = new(MeterName);
    private readonly Histogram<double> pauses;
    private volatile bool isOver;
    private TimeSpan paused = GC.GetTotalPauseDuration();

    public ProcessMetrics()
    {
        using (Process self = Process.GetCurrentProcess())
        {
            double started = (self.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds;
            meter.CreateObservableGauge("process_start_time_seconds", () => started, description: "when the process started, in seconds since 1970");
        }
        meter.CreateObservableCounter("process_cpu_seconds_total", () => Environment.CpuUsage.TotalTime.TotalSeconds, description: "processor time, of all threads, in and out of the kernel");
        meter.CreateObservableGauge("process_resident_memory_bytes", () => Environment.WorkingSet, description: "memory that is resident");
        meter.CreateObservableGauge("lbspeaker_gc_heap_bytes", () => GC.GetTotalMemory(forceFullCollection: false), description: "memory of the managed heap");
        pauses = meter.CreateSeconds("lbspeaker_gc_pause_seconds", "how long each garbage collection held all threads up", 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25);
        KeyValuePair<string, object?>[] build = [new("version", BuildInfo.Version), new("runtime", Environment.Version.ToString()), new("arch", RuntimeInformation.ProcessArchitecture.ToString())];
        meter.CreateObservableGauge("lbspeaker_build_info", () => new Measurement<int>(1, build), description: "1, with what runs as labels");
        Watch();
    }

    public void Dispose()
    {
        isOver = true;
        meter.Dispose();
    }

    private void Watch() => _ = new Sentinel(this);

    /// <summary>By the finalizer's thread alone.</summary>
    private void Collected()
    {
        TimeSpan total = GC.GetTotalPauseDuration();
        pauses.Record((total - paused).TotalSeconds);
        paused = total;
        if (!isOver) Watch();
    }

    /// <summary>Held by nobody, so that the next collection finds it dead, tells, and has another one put in its place.</summary>
    private sealed class Sentinel(ProcessMetrics owner)
    {
        ~Sentinel() => owner.Collected();
    }
}
