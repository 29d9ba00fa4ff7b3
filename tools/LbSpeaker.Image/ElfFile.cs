using System.Buffers.Binary;
using System.Text;

namespace LbSpeaker.Image;

/// <summary>What a program or library of 64 bits, low end first, says of itself (System V ABI, chapter 4 and 5).</summary>
/// <param name="Machine">62 for x86-64, 183 for AArch64.</param>
/// <param name="Interpreter">The path of its loader; null for a library.</param>
/// <param name="Needed">The names of the libraries that it is linked with.</param>
internal sealed record ElfFile(int Machine, string? Interpreter, IReadOnlyList<string> Needed)
{
    private const int Load = 1, Dynamic = 2, Interp = 3, DtNeeded = 1, DtStringTable = 5;

    /// <summary>How Debian and OCI call the processor.</summary>
    public string Architecture => Machine switch { 62 => "amd64", 183 => "arm64", _ => throw new InvalidDataException($"ELF machine {Machine} is none that images are made for") };

    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public static ElfFile Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        if (file.Length < 64 || !file.AsSpan(0, 4).SequenceEqual("\u007fELF"u8) || file[4] != 2 || file[5] != 1) throw new InvalidDataException($"{path} is no ELF file of 64 bits, low end first");
        List<(int Type, long Offset, long Address, long Size)> segments = [];
        for (int i = 0; i < BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(56)); i++)
        {
            int at = (int)Word(32) + (i * BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(54)));
            segments.Add((BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at)), Word(at + 8), Word(at + 16), Word(at + 32)));
        }
        string? interpreter = segments.Where(s => s.Type == Interp).Select(s => Text(s.Offset)).FirstOrDefault();
        List<long> needed = [];
        long strings = 0;
        foreach ((_, long offset, _, long size) in segments.Where(s => s.Type == Dynamic))
            for (long at = offset; at < offset + size; at += 16)
                if (Word((int)at) == DtNeeded) needed.Add(Word((int)at + 8));
                else if (Word((int)at) == DtStringTable) strings = Word((int)at + 8);
        long table = segments.Where(s => s.Type == Load && strings >= s.Address && strings < s.Address + s.Size).Select(s => strings - s.Address + s.Offset).FirstOrDefault();
        return new(BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(18)), interpreter, [.. needed.Select(n => Text(table + n))]);

        long Word(int at) => BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(at));

        string Text(long at)
        {
            ReadOnlySpan<byte> rest = file.AsSpan((int)at);
            return Encoding.UTF8.GetString(rest[..rest.IndexOf((byte)0)]);
        }
    }
}
