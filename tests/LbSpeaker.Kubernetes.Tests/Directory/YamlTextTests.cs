using System.Text.Json;
using CsCheck;
using LbSpeaker.Kubernetes.Directory;

namespace LbSpeaker.Kubernetes.Tests.Directory;

public sealed class YamlTextTests
{
    private static readonly string[] Tricky =
        ["", " ", "a b", "a: b", "a #b", "- a", "yes", "null", "~", "1.5", "0x1f", "017", "1_000", "!tag", "&a", "*a", "[a]", "{a", "a\nb", "\"q\"", "'", "a:", "#", "%x", "@x", "`", "é", "a  b", "2001:db8::1", "192.0.2.0/24", "=", "<<", "a ", "\t", "\u2028"];

    private static readonly Gen<string> Word = Gen.OneOf(Gen.Int[0, Tricky.Length - 1].Select(i => Tricky[i]), Gen.String[Gen.Char[" \"'#:-{}[],&*!|>%@`abc0159._/~<=?\\\n\té"], 0, 8]);

    [Fact]
    public void What_is_written_is_read_again() => Word.Array[0, 6].Select(Gen.Int[0, 1000]).Sample((words, seed) =>
    {
        using JsonDocument json = JsonDocument.Parse(Value(words, new Random(seed)));
        string yaml = YamlText.Of(json.RootElement);
        YamlNode read = YamlReader.Read("x.yaml", yaml).Single();
        Assert.True(JsonElement.DeepEquals(json.RootElement, new YamlToJson("x.yaml").Convert(read)), $"{json.RootElement}\n{yaml}");
    });

    [Fact]
    public void It_is_what_a_person_would_write()
    {
        using JsonDocument json = JsonDocument.Parse("""{"kind":"Pool","spec":{"addresses":["192.0.2.0/24","2001:db8::/64"],"empty":[],"none":{},"deep":[{"a":1,"b":[true]},[2]],"text":"yes"}}""");
        Assert.Equal("""
            kind: Pool
            spec:
              addresses:
              - 192.0.2.0/24
              - "2001:db8::/64"
              empty: []
              none: {}
              deep:
              - a: 1
                b:
                - true
              - - 2
              text: "yes"

            """, YamlText.Of(json.RootElement));
    }

    /// <summary>An object with the words as keys and values, nested by chance. Its keys differ: JSON's own readers take the last of two.</summary>
    private static byte[] Value(string[] words, Random random)
    {
        MemoryStream text = new();
        using (Utf8JsonWriter json = new(text))
        {
            json.WriteStartObject();
            json.WriteString("k", "v");
            foreach ((int at, string word) in words.Index())
            {
                json.WritePropertyName($"{word}{at}");
                switch (random.Next(5))
                {
                    case 0: json.WriteStringValue(word); break;
                    case 1: json.WriteNumberValue(random.Next()); break;
                    case 2: json.WriteStartArray(); json.WriteStringValue(word); json.WriteStartObject(); json.WriteBoolean("b", true); json.WriteString("w", word); json.WriteEndObject(); json.WriteEndArray(); break;
                    case 3: json.WriteStartObject(); json.WriteStartArray("l"); json.WriteStartArray(); json.WriteStringValue(word); json.WriteNullValue(); json.WriteEndArray(); json.WriteEndArray(); json.WriteEndObject(); break;
                    default: json.WriteNullValue(); break;
                }
            }
            json.WriteEndObject();
        }
        return text.ToArray();
    }
}
