using System.Text.Json;

namespace LbSpeaker.Ui;

/// <summary>One state of the page.</summary>
/// <param name="Version">Counts the states that differ, from 1.</param>
/// <param name="Json">The view.</param>
/// <param name="Services">Every Service of ours, sorted by namespace and name.</param>
internal sealed record UiState(long Version, ReadOnlyMemory<byte> Json, IReadOnlyList<UiService> Services);

/// <summary>The present state of the page, made when somebody asks for it, once in a second at most however many ask.</summary>
internal sealed class UiBoard(IUiSource source, TimeProvider time) : IDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Rows of a page of Services.</summary>
    public const int PageLength = 50;

    private readonly SemaphoreSlim turn = new(1);
    private UiLook? seen;
    private UiState state = new(0, default, []);
    private long made;

    public string Source => source.Name;

    public async Task<UiState> CurrentAsync(CancellationToken ct)
    {
        await turn.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            if (state.Version > 0 && time.GetElapsedTime(made) < Interval) return state;
            UiLook look = source.Look();
            made = time.GetTimestamp();
            if (seen is { } last && ReferenceEquals(last.Facts, look.Facts) && last.Trouble == look.Trouble) return state;
            seen = look;
            (UiView view, IReadOnlyList<UiService> services) = UiViewBuilder.Of(source.Name, look);
            byte[] json = JsonSerializer.SerializeToUtf8Bytes(view, UiJson.Default.UiView);
            return state = new(state.Json.Span.SequenceEqual(json) && state.Version > 0 ? state.Version : state.Version + 1, json, services);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <param name="find">Part of a namespace/name, an address, a pool, a node, a standing or a reason, whatever its case; empty for all.</param>
    /// <param name="from">Index of the first row, from 0.</param>
    public static byte[] Page(UiState state, string find, int from)
    {
        UiService[] all = [.. state.Services.Where(s => Matches(s, find))];
        UiService[] rows = [.. all.Skip(from).Take(PageLength)];
        return JsonSerializer.SerializeToUtf8Bytes(new UiServicePage(state.Version, all.Length, from, [.. rows]), UiJson.Default.UiServicePage);
    }

    public void Dispose() => turn.Dispose();

    private static bool Matches(UiService service, string find)
    {
        return find.Length == 0 || Has($"{service.Namespace}/{service.Name}") || Has(service.Reason) || Has(service.Standing.ToString())
            || service.Addresses.Any(Has) || service.Pools.Any(Has) || service.Nodes.Items.Any(Has);

        bool Has(string text) => text.Contains(find, StringComparison.OrdinalIgnoreCase);
    }
}
