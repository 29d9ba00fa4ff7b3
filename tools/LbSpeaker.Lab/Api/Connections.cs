using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace LbSpeaker.Lab.Api;

/// <summary>The open connections, so that an outage can reset them.</summary>
internal sealed class Connections
{
    private readonly ConcurrentDictionary<ConnectionContext, bool> _open = new();

    public void AbortAll()
    {
        foreach (var connection in _open.Keys) connection.Abort(new ConnectionAbortedException("outage on request"));
    }

    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next, Func<bool> refuses)
    {
        if (refuses())
        {
            connection.Abort(new ConnectionAbortedException("outage on request"));
            return;
        }
        _open[connection] = true;
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            _open.TryRemove(connection, out _);
        }
    }
}
