using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace LbSpeaker.Kubernetes.Watching;

/// <summary>What stands beside the items of a list; empty where absent.</summary>
/// <param name="Continue">Where the next page begins; empty on the last.</param>
internal sealed record ListMeta(string Continue, string ResourceVersion)
{
    public static ListMeta None { get; } = new("", "");
}

/// <summary>
/// Reads a list of the API server as it comes in and gives each item on as soon as it is whole, so that a page of it never stands in memory. The order of the
/// list's fields does not matter, and those that are not known are passed over.
/// </summary>
internal sealed class ListReader
{
    private readonly Func<ListMeta, bool> accept;
    private readonly Action<JsonElement> take;
    private JsonReaderState state;
    private ListMeta meta = ListMeta.None;
    private bool isInItems, isRefused;

    private ListReader(Func<ListMeta, bool> accept, Action<JsonElement> take) => (this.accept, this.take) = (accept, take);

    /// <param name="accept">Asked when the list's metadata is read, which API servers send before the items; where it says no the rest is not read.</param>
    /// <param name="take">Told of each item; the element is valid until it returns.</param>
    /// <returns>Null where the list was not accepted.</returns>
    /// <exception cref="JsonException">The answer is cut off, or is no JSON object.</exception>
    public static async Task<ListMeta?> ReadAsync(Stream stream, Func<ListMeta, bool> accept, Action<JsonElement> take, CancellationToken cancellation)
    {
        ListReader list = new(accept, take);
        PipeReader pipe = PipeReader.Create(stream, new(bufferSize: 16 << 10, leaveOpen: true));
        try
        {
            while (true)
            {
                ReadResult read = await pipe.ReadAsync(cancellation).ConfigureAwait(false);
                SequencePosition consumed = list.Consume(read.Buffer, read.IsCompleted);
                if (list.isRefused) return null;
                if (read.IsCompleted) return list.meta;
                pipe.AdvanceTo(consumed, read.Buffer.End);
            }
        }
        finally
        {
            await pipe.CompleteAsync().ConfigureAwait(false);
        }
    }

    /// <returns>How far the buffer has been understood; what is not whole yet comes again, with more behind it.</returns>
    private SequencePosition Consume(ReadOnlySequence<byte> buffer, bool isLast)
    {
        Utf8JsonReader json = new(buffer, isLast, state);
        while (true)
        {
            Utf8JsonReader before = json;
            if (TryStep(ref json) && !isRefused) continue;
            state = before.CurrentState;
            return before.Position;
        }
    }

    /// <summary>One item, or one field of the list.</summary>
    /// <returns>False where more of the answer is needed, or where it has ended.</returns>
    private bool TryStep(ref Utf8JsonReader json)
    {
        if (!json.Read()) return false;
        switch (json.TokenType)
        {
            case JsonTokenType.StartObject when json.CurrentDepth == 0:
            case JsonTokenType.EndObject:
                return true;
            case JsonTokenType.EndArray:
                isInItems = false;
                return true;
            case JsonTokenType.PropertyName when json.ValueTextEquals("metadata"u8):
                return TryValue(ref json, TakeMeta);
            case JsonTokenType.PropertyName when json.ValueTextEquals("items"u8):
                if (!json.Read()) return false;
                isInItems = json.TokenType == JsonTokenType.StartArray;
                return isInItems || json.TrySkip();
            case JsonTokenType.PropertyName:
                return json.TrySkip();
            default:
                return isInItems ? TryValue(ref json, take) : throw new JsonException("not a JSON object");
        }
    }

    private void TakeMeta(JsonElement json)
    {
        meta = new(TextAt(json, "continue"), TextAt(json, "resourceVersion"));
        isRefused = !accept(meta);
    }

    private static bool TryValue(ref Utf8JsonReader json, Action<JsonElement> use)
    {
        if (!JsonDocument.TryParseValue(ref json, out JsonDocument? document)) return false;
        using (document) use(document.RootElement);
        return true;
    }

    private static string TextAt(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
