namespace LbSpeaker.Linux;

/// <summary>
/// Writes a classic packet filter. A filter only jumps forward, so it is written from its end: whatever a new instruction jumps to has been written before
/// and is known by its label, and no offset has to be filled in later. A label is the place of an instruction, counted from the end.
/// </summary>
public sealed class FilterProgram
{
    /// <summary>What the kernel knows about a packet beside its octets is loaded from here (linux/filter.h, SKF_AD_OFF).</summary>
    private const uint Ancillary = unchecked((uint)-0x1000);

    /// <summary>Conditional jumps reach this far; farther goes by an unconditional one.</summary>
    private const int Reach = 255;

    private readonly List<FilterInstruction> reversed = [];

    /// <summary>Ends the filter: so many octets of the packet are taken, none for 0.</summary>
    public int Return(uint octets) => Write(0x06, 0, 0, octets);

    public int LoadWord(uint offset) => Write(0x20, 0, 0, offset);

    public int LoadHalf(uint offset) => Write(0x28, 0, 0, offset);

    public int LoadByte(uint offset) => Write(0x30, 0, 0, offset);

    /// <summary>Whom the packet was for: PACKET_HOST 0, BROADCAST 1, MULTICAST 2, OTHERHOST 3, OUTGOING 4.</summary>
    public int LoadPacketType() => LoadHalf(Ancillary + 4);

    /// <summary>The VLAN tag that the kernel took off the frame (tag control information), 0 without one.</summary>
    public int LoadVlanTag() => LoadHalf(Ancillary + 44);

    /// <summary>1 where the kernel took a VLAN tag off the frame.</summary>
    public int LoadVlanTagPresent() => LoadHalf(Ancillary + 48);

    public int IfEqual(uint operand, int then, int otherwise) => Branch(0x15, operand, then, otherwise);

    public int IfAbove(uint operand, int then, int otherwise) => Branch(0x25, operand, then, otherwise);

    public int IfAtLeast(uint operand, int then, int otherwise) => Branch(0x35, operand, then, otherwise);

    public int IfAnyBit(uint operand, int then, int otherwise) => Branch(0x45, operand, then, otherwise);

    /// <summary>Goes on at the label, however far it is.</summary>
    public int Jump(int label) => Write(0x05, 0, 0, (uint)Distance(label));

    /// <summary>A conditional jump placed next can reach the label.</summary>
    public bool IsNear(int label) => Distance(label) <= Reach;

    /// <summary>The whole filter: what was written last runs first.</summary>
    public FilterInstruction[] ToArray() => [.. Enumerable.Reverse(reversed)];

    private int Branch(ushort code, uint operand, int then, int otherwise)
    {
        int nearOtherwise = Near(otherwise, reserve: 1), nearThen = Near(then, reserve: 0);
        return Write(code, (byte)Distance(nearThen), (byte)Distance(nearOtherwise), operand);
    }

    /// <param name="reserve">Instructions that may still come between.</param>
    private int Near(int label, int reserve) => Distance(label) + reserve <= Reach ? label : Jump(label);

    /// <summary>Instructions between the next one to be written and the label.</summary>
    private int Distance(int label) => reversed.Count - 1 - label;

    private int Write(ushort code, byte ifTrue, byte ifFalse, uint operand)
    {
        reversed.Add(new(code, ifTrue, ifFalse, operand));
        return reversed.Count - 1;
    }
}
