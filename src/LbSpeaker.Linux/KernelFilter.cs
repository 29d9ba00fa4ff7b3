using System.Runtime.InteropServices;

namespace LbSpeaker.Linux;

/// <summary>One instruction of the classic packet filter (linux/filter.h, struct sock_filter).</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FilterInstruction(ushort Code, byte IfTrue, byte IfFalse, uint Operand);

/// <summary>A classic packet filter on a socket.</summary>
public static unsafe class KernelFilter
{
    /// <summary>The kernel takes no longer program (BPF_MAXINSNS).</summary>
    public const int MaxInstructions = 4096;

    /// <summary>
    /// Attaches the program in place of any before it, without losing a packet in between (SO_ATTACH_FILTER).
    /// False where the kernel refuses it for its size: the one before it stays.
    /// </summary>
    public static bool TryAttach(int fd, ReadOnlySpan<FilterInstruction> program)
    {
        if (program.Length is 0 or > MaxInstructions) return false;
        fixed (FilterInstruction* instructions = program)
        {
            Libc.SockFprog description = new() { Length = (ushort)program.Length, Filter = instructions };
            if (Libc.SetSocketOption(fd, 1, 26, &description, (uint)sizeof(Libc.SockFprog)) == 0) return true;
        }
        // net.core.optmem_max bounds what filters of one socket may take: ENOMEM.
        return Marshal.GetLastPInvokeError() is Libc.ENOMEM or Libc.EINVAL ? false : throw Libc.LastError("setsockopt(SO_ATTACH_FILTER)");
    }
}
