using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace LbSpeaker.Tests.Lab;

/// <summary>Keeps the last lines of all processes of a test, for the message of one that fails.</summary>
internal sealed class TestLog(TimeProvider time)
{
    private const int Kept = 400;

    private readonly ConcurrentQueue<string> lines = [];

    public ILoggerFactory For(string process) => LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(new Provider(this, process)));

    public void Add(string process, string line)
    {
        lines.Enqueue(string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow():mm:ss.fff} {process}: {line}"));
        while (lines.Count > Kept) lines.TryDequeue(out _);
    }

    public IReadOnlyList<string> Lines => [.. lines];

    public override string ToString() => string.Join("\n", lines.TakeLast(80));

    private sealed class Provider(TestLog log, string process) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Add(process, $"{logLevel.ToString()[..4]} {formatter(state, exception)}{(exception is null ? "" : " " + exception)}");

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public void Dispose() { }
    }
}
