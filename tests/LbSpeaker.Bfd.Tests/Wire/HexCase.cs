using LbSpeaker.Bfd.Wire;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Bfd.Tests.Wire;

/// <summary>A packet as a file: one field a line, what it is behind <c>#</c>; <c>key TYPE ID SECRET</c> for the session it comes to; <c>=&gt;</c> what comes of it.</summary>
public sealed record HexCase(string Name, byte[] Octets, BfdAuthentication? Authentication, string Expected)
{
    public override string ToString() => Name;

    public static IReadOnlyList<HexCase> All { get; } = [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Wire", "Cases"), "*.hex").Order(StringComparer.Ordinal).Select(Read)];

    private static HexCase Read(string path)
    {
        List<byte> octets = [];
        BfdAuthentication? authentication = null;
        string? expected = null;
        foreach (string line in File.ReadLines(path))
        {
            string text = line.Split('#')[0].Trim();
            if (text.StartsWith("=>", StringComparison.Ordinal)) expected = text[2..].Trim();
            else if (text.StartsWith("key ", StringComparison.Ordinal))
            {
                string[] parts = text.Split(' ', 4);
                authentication = new(Enum.Parse<BfdAuthenticationType>(parts[1]), new[] { BfdKey.FromText(byte.Parse(parts[2], null), parts[3]) }.ToValueArray());
            }
            else octets.AddRange(Convert.FromHexString(text));
        }
        return new(Path.GetFileNameWithoutExtension(path), [.. octets], authentication, expected ?? throw new InvalidDataException($"{path} has no line =>"));
    }
}
