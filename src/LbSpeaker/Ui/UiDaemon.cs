using System.Net;
using LbSpeaker.Commands;
using LbSpeaker.Hosting;
using LbSpeaker.Http;

namespace LbSpeaker.Ui;

/// <summary>The page of a daemon: it listens as long as the daemon works, and ends with it.</summary>
internal sealed class UiDaemon : IDisposable
{
    private readonly UiBoard board;
    private readonly HttpServer server;

    private UiDaemon(LeadUi source, UiBoard board, HttpServer server) => (Source, this.board, this.server) = (source, board, server);

    public LeadUi Source { get; }

    /// <exception cref="StartException">Nothing can listen there.</exception>
    public static UiDaemon Open(IPEndPoint at, DaemonSettings settings, TimeProvider time)
    {
        LeadUi source = new(settings.PodName ?? Environment.MachineName, time);
        UiBoard board = new(source, time);
        return new(source, board, UiServer.Open(at, "--ui-listen", board, time));
    }

    /// <summary>The same work, with the page beside it.</summary>
    public IDaemonWork Beside(IDaemonWork work) => new Both(work, server);

    public void Dispose()
    {
        server.Dispose();
        board.Dispose();
    }

    private sealed class Both(IDaemonWork work, HttpServer server) : IDaemonWork
    {
        public string? NotReady => work.NotReady;

        public Task RunAsync(CancellationToken stopping) => TaskGroup.RunAsync([work.RunAsync, server.RunAsync], stopping);
    }
}
