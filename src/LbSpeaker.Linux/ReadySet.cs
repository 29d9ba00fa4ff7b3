using System.Runtime.InteropServices;

namespace LbSpeaker.Linux;

/// <summary>
/// Waits until one of many file descriptors can be read (epoll): what a wait costs does not grow with how many there are.
/// One thread waits; any thread may <see cref="Wake"/> it.
/// </summary>
public sealed unsafe class ReadySet : IDisposable
{
    private const int Capacity = 64, In = 1, Add = 1, Delete = 2;

    // struct epoll_event is packed on x86-64 alone.
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EventSize = DataOffset + 8;

    private readonly int epoll = Libc.Checked(Libc.EpollCreate(0x80000), "epoll_create1");
    private readonly int wake = Libc.Checked(Libc.EventFd(0, 0x80800), "eventfd");
    private readonly byte[] events = new byte[Capacity * 16];

    public ReadySet() => Insert(wake);

    public void Insert(int fd)
    {
        byte* @event = stackalloc byte[16];
        new Span<byte>(@event, 16).Clear();
        *(int*)@event = In;
        *(int*)(@event + DataOffset) = fd;
        Libc.Checked(Libc.EpollControl(epoll, Add, fd, @event), "epoll_ctl");
    }

    /// <summary>To be called before the descriptor is closed.</summary>
    public void Remove(int fd)
    {
        byte* @event = stackalloc byte[16];
        _ = Libc.EpollControl(epoll, Delete, fd, @event);
    }

    /// <summary>Waits until there is something; returns how many descriptors were written to <paramref name="ready"/>. 0 after <see cref="Wake"/>, and when the time is over.</summary>
    /// <param name="atMost">In whole milliseconds; null waits for as long as it takes.</param>
    public int Wait(Span<int> ready, TimeSpan? atMost = null)
    {
        fixed (byte* buffer = events)
        {
            int count = Libc.EpollWait(epoll, buffer, Math.Min(Capacity, ready.Length), atMost is { } time ? (int)time.TotalMilliseconds : -1);
            if (count < 0) return Marshal.GetLastPInvokeError() == Libc.EINTR ? 0 : throw Libc.LastError("epoll_wait");
            int kept = 0;
            for (int i = 0; i < count; i++)
            {
                int fd = *(int*)(buffer + i * EventSize + DataOffset);
                if (fd != wake) ready[kept++] = fd;
                else
                {
                    ulong drained;
                    _ = Libc.Read(wake, &drained, 8);
                }
            }
            return kept;
        }
    }

    public void Wake()
    {
        ulong one = 1;
        _ = Libc.Write(wake, &one, 8);
    }

    public void Dispose()
    {
        _ = Libc.Close(epoll);
        _ = Libc.Close(wake);
    }
}
