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

    private const int SocketLevel = 1, AttachFilter = 26, DetachFilter = 27;

    /// <summary>
    /// Attaches the program in place of any before it, without losing a packet in between (SO_ATTACH_FILTER).
    /// False where the kernel has no room for it beside the one before, which then stays: net.core.optmem_max bounds what the filters of one socket may take.
    /// </summary>
    /// <param name="program">1 to <see cref="MaxInstructions"/> instructions.</param>
    /// <exception cref="IOException">The program is no valid one.</exception>
    public static bool TryAttach(int fd, ReadOnlySpan<FilterInstruction> program)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(program.Length, MaxInstructions);
        fixed (FilterInstruction* instructions = program)
        {
            Libc.SockFprog description = new() { Length = (ushort)program.Length, Filter = instructions };
            if (Libc.SetSocketOption(fd, SocketLevel, AttachFilter, &description, (uint)sizeof(Libc.SockFprog)) == 0) return true;
        }
        return Marshal.GetLastPInvokeError() == Libc.ENOMEM ? false : throw Libc.LastError("setsockopt(SO_ATTACH_FILTER)");
    }

    /// <summary>From now on the socket gets everything.</summary>
    public static void Detach(int fd)
    {
        int unused = 0;
        Libc.Checked(Libc.SetSocketOption(fd, SocketLevel, DetachFilter, &unused, sizeof(int)), "setsockopt(SO_DETACH_FILTER)");
    }
}
