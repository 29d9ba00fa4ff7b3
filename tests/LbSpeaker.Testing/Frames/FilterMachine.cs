using System.Buffers.Binary;
using LbSpeaker.Linux;

namespace LbSpeaker.Testing.Frames;

/// <summary>What the kernel knows about a packet beside its octets.</summary>
/// <param name="Type">PACKET_HOST 0, BROADCAST 1, MULTICAST 2, OTHERHOST 3, OUTGOING 4.</param>
/// <param name="VlanTag">The tag that the kernel took off; null without one.</param>
public readonly record struct PacketFacts(int Type, ushort? VlanTag);

/// <summary>A machine for classic packet filters, as the kernel has it: what a filter says can be asked without a socket.</summary>
public static class FilterMachine
{
    private const uint Ancillary = unchecked((uint)-0x1000);

    /// <summary>Octets that the filter lets through; 0 where it rejects the frame. Loading beyond the frame rejects it.</summary>
    public static uint Run(ReadOnlySpan<FilterInstruction> program, ReadOnlySpan<byte> frame, PacketFacts facts)
    {
        uint accumulator = 0;
        for (int at = 0; ; at++)
        {
            FilterInstruction next = program[at];
            switch (next.Code)
            {
                case 0x06: return next.Operand;
                case 0x05: at += (int)next.Operand; break;
                case 0x15: at += accumulator == next.Operand ? next.IfTrue : next.IfFalse; break;
                case 0x25: at += accumulator > next.Operand ? next.IfTrue : next.IfFalse; break;
                case 0x35: at += accumulator >= next.Operand ? next.IfTrue : next.IfFalse; break;
                case 0x45: at += (accumulator & next.Operand) != 0 ? next.IfTrue : next.IfFalse; break;
                case 0x20 or 0x28 or 0x30 when next.Operand >= Ancillary: accumulator = Load(next.Operand - Ancillary, facts); break;
                case 0x20 when next.Operand + 4 <= frame.Length: accumulator = BinaryPrimitives.ReadUInt32BigEndian(frame[(int)next.Operand..]); break;
                case 0x28 when next.Operand + 2 <= frame.Length: accumulator = BinaryPrimitives.ReadUInt16BigEndian(frame[(int)next.Operand..]); break;
                case 0x30 when next.Operand < frame.Length: accumulator = frame[(int)next.Operand]; break;
                case 0x20 or 0x28 or 0x30: return 0;
                default: throw new InvalidOperationException($"instruction {at} has the unknown code {next.Code:x}");
            }
        }
    }

    private static uint Load(uint fact, PacketFacts facts) => fact switch
    {
        4 => (uint)facts.Type,
        44 => facts.VlanTag ?? 0u,
        48 => facts.VlanTag is null ? 0u : 1u,
        _ => throw new InvalidOperationException($"the filter asks for the unknown fact {fact}"),
    };
}
