using System.Reflection;

namespace LbSpeaker.Lab.Api.Kinds;

/// <summary>Reads <c>shapes.txt</c>, the Go structs of the built-in kinds.</summary>
internal static class BuiltInShapes
{
    private static readonly Lazy<Dictionary<string, GoStruct>> All = new(Read);

    public static GoStruct Kind(string name) => All.Value["kind " + name];

    public static GoStruct Struct(string name) => All.Value[name];

    private static Dictionary<string, GoStruct> Read()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("shapes.txt")
            ?? throw new InvalidOperationException("shapes.txt is not embedded");
        using var reader = new StreamReader(stream);
        var lines = reader.ReadToEnd().Split('\n').Where(l => l.Length > 0 && !l.StartsWith('#')).ToArray();
        var structs = new Dictionary<string, GoStruct>(StringComparer.Ordinal);
        foreach (var header in lines.Where(l => !l.StartsWith(' ')))
        {
            var isKind = header.StartsWith("kind ", StringComparison.Ordinal);
            structs[header] = new GoStruct(isKind ? header[(header.LastIndexOfAny(['/', ' ']) + 1)..] : header) { IsKind = isKind };
        }
        GoStruct? open = null;
        foreach (var line in lines)
        {
            if (!line.StartsWith(' ')) { open = structs[line]; continue; }
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var presence = words.Length < 3 ? Presence.OmitEmpty : words[2] == "*" ? Presence.Pointer : Presence.Always;
            open!.Add(new GoField(words[0], Type(words[1], structs), presence));
        }
        return structs;
    }

    private static GoType Type(string text, Dictionary<string, GoStruct> structs)
    {
        if (text.StartsWith("[]", StringComparison.Ordinal)) return new GoList(Type(text[2..], structs));
        if (text.StartsWith("map[", StringComparison.Ordinal)) return new GoMap(Type(text[4..^1], structs));
        if (text == "any") return new GoAny();
        var named = text.IndexOf('(');
        var form = named < 0 ? text : text[..named];
        if (structs.TryGetValue(form, out var found)) return found;
        return new GoScalar(form, named >= 0 ? text[(named + 1)..^1] : form switch
        {
            "time" => "v1.Time",
            "microtime" => "v1.MicroTime",
            "bytes" => "[]uint8",
            "intorstr" => "intstr.IntOrString",
            "quantity" => "resource.Quantity",
            _ => form,
        });
    }
}
