using System.Text;
using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api.Http;

/// <summary>
/// Reads the objects that kubectl's create commands and <c>auth can-i</c> send as protobuf whatever the server says it takes: an
/// envelope ("k8s\0", then Unknown of k8s.io/apimachinery) round a message whose fields are numbered below, as in the published .proto files.
/// </summary>
internal static class ProtobufBody
{
    public const string MediaType = "application/vnd.kubernetes.protobuf";

    private enum Form { Text, Bytes, Flag, TextMap, BytesMap, Texts, Message }

    private sealed record Field(int Number, string Name, Form Form, Field[]? Of = null);

    private static readonly Field[] ObjectMeta =
    [
        new(1, "name", Form.Text), new(2, "generateName", Form.Text), new(3, "namespace", Form.Text),
        new(11, "labels", Form.TextMap), new(12, "annotations", Form.TextMap), new(14, "finalizers", Form.Texts),
    ];

    private static readonly Field Metadata = new(1, "metadata", Form.Message, ObjectMeta);

    private static readonly Field[] AccessSpec =
    [
        new(1, "resourceAttributes", Form.Message,
        [
            new(1, "namespace", Form.Text), new(2, "verb", Form.Text), new(3, "group", Form.Text), new(4, "version", Form.Text),
            new(5, "resource", Form.Text), new(6, "subresource", Form.Text), new(7, "name", Form.Text),
        ]),
        new(2, "nonResourceAttributes", Form.Message, [new(1, "path", Form.Text), new(2, "verb", Form.Text)]),
    ];

    private static readonly Dictionary<string, Field[]> Kinds = new(StringComparer.Ordinal)
    {
        ["Namespace"] = [Metadata, new(2, "spec", Form.Message, []), new(3, "status", Form.Message, [])],
        ["ConfigMap"] = [Metadata, new(2, "data", Form.TextMap), new(3, "binaryData", Form.BytesMap), new(4, "immutable", Form.Flag)],
        ["Secret"] = [Metadata, new(2, "data", Form.BytesMap), new(3, "type", Form.Text), new(4, "stringData", Form.TextMap), new(5, "immutable", Form.Flag)],
        ["ServiceAccount"] = [Metadata],
        ["SelfSubjectAccessReview"] = [Metadata, new(2, "spec", Form.Message, AccessSpec), new(3, "status", Form.Message, [])],
        ["SelfSubjectReview"] = [Metadata, new(2, "status", Form.Message, [])],
    };

    /// <exception cref="ApiException">415 where the kind, or a field of it, is not one of those above; 400 where the bytes are damaged.</exception>
    public static JsonObject Read(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith("k8s\0"u8)) throw Damaged();
        string apiVersion = "", kind = "";
        var raw = ReadOnlySpan<byte>.Empty;
        var envelope = new Reader(body[4..]);
        while (envelope.Next(out var number, out var content))
        {
            if (number == 2) raw = content;
            if (number != 1) continue;
            var type = new Reader(content);
            while (type.Next(out var field, out var text))
            {
                if (field == 1) apiVersion = Encoding.UTF8.GetString(text);
                if (field == 2) kind = Encoding.UTF8.GetString(text);
            }
        }
        if (!Kinds.TryGetValue(kind, out var fields))
            throw ApiException.UnsupportedMediaType($"protobuf is not read for {kind}: send application/json or application/yaml");
        var result = Message(raw, fields, kind);
        (result["apiVersion"], result["kind"]) = (apiVersion, kind);
        return result;
    }

    private static JsonObject Message(ReadOnlySpan<byte> bytes, Field[] fields, string kind)
    {
        var result = new JsonObject();
        var reader = new Reader(bytes);
        while (reader.Next(out var number, out var content))
        {
            // The creation time is the server's own; an empty status or spec says nothing.
            if (Array.Find(fields, f => f.Number == number) is not { } field)
            {
                if (reader.IsEmpty || (ReferenceEquals(fields, ObjectMeta) && number is 4 or 5 or 6 or 7 or 8)) continue;
                throw ApiException.UnsupportedMediaType($"protobuf field {number} is not read for {kind}: send application/json or application/yaml");
            }
            switch (field.Form)
            {
                case Form.Text:
                    if (content.Length > 0) result[field.Name] = Encoding.UTF8.GetString(content);
                    break;
                case Form.Flag:
                    result[field.Name] = reader.Number != 0;
                    break;
                case Form.Bytes:
                    result[field.Name] = Convert.ToBase64String(content);
                    break;
                case Form.Texts:
                    if (result[field.Name] is not JsonArray list) result[field.Name] = list = [];
                    list.Add((JsonNode?)Encoding.UTF8.GetString(content));
                    break;
                case Form.Message:
                    result[field.Name] = Message(content, field.Of!, kind);
                    break;
                default:
                    Entry(result.Child(field.Name), content, field.Form);
                    break;
            }
        }
        return result;
    }

    private static void Entry(JsonObject map, ReadOnlySpan<byte> bytes, Form form)
    {
        string key = "", value = "";
        var reader = new Reader(bytes);
        while (reader.Next(out var number, out var content))
        {
            if (number == 1) key = Encoding.UTF8.GetString(content);
            else value = form == Form.BytesMap ? Convert.ToBase64String(content) : Encoding.UTF8.GetString(content);
        }
        map[key] = value;
    }

    private static ApiException Damaged() => ApiException.BadRequest("the body is no protobuf message of Kubernetes");

    /// <summary>Fields one by one; a length reaches no further than the message.</summary>
    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _left = bytes;

        /// <summary>The value of the last field where it was a number.</summary>
        public ulong Number { get; private set; }

        /// <summary>Whether the last field held nothing: an empty message or a zero.</summary>
        public bool IsEmpty { get; private set; }

        public bool Next(out int number, out ReadOnlySpan<byte> content)
        {
            content = default;
            number = 0;
            if (_left.IsEmpty) return false;
            var tag = Varint();
            number = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    Number = Varint();
                    IsEmpty = Number == 0;
                    return true;
                case 2:
                    var length = Varint();
                    if (length > (ulong)_left.Length) throw Damaged();
                    content = _left[..(int)length];
                    _left = _left[(int)length..];
                    IsEmpty = content.IsEmpty;
                    return true;
                default:
                    throw Damaged();
            }
        }

        private ulong Varint()
        {
            ulong value = 0;
            for (var shift = 0; shift < 64; shift += 7)
            {
                if (_left.IsEmpty) throw Damaged();
                var part = _left[0];
                _left = _left[1..];
                value |= (ulong)(part & 0x7f) << shift;
                if (part < 0x80) return value;
            }
            throw Damaged();
        }
    }
}
