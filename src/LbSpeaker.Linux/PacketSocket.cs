using System.Runtime.InteropServices;

namespace LbSpeaker.Linux;

/// <summary>What became of a frame. A closed set whose names are an API: the label <c>cause</c> of <c>lbspeaker_layer2_send_failures_total</c>.</summary>
public enum SendOutcome
{
    Sent,
    /// <summary>The queue of the interface or of the socket has no room at the moment (ENOBUFS, EAGAIN, ENOMEM).</summary>
    QueueFull,
    /// <summary>The interface is down or gone (ENETDOWN, ENXIO, ENODEV).</summary>
    LinkDown,
    /// <summary>The kernel does not let it pass, for any other reason.</summary>
    Refused,
}

/// <summary>A packet(7) socket.</summary>
public static unsafe class PacketSocket
{
    private const int DontWait = 0x40;

    /// <summary>Sends one whole frame on the interface that the socket is bound to, and never waits: who asked will ask again. Any thread may.</summary>
    public static SendOutcome Send(int fd, ReadOnlySpan<byte> frame)
    {
        fixed (byte* octets = frame)
            if (Libc.Send(fd, octets, (nuint)frame.Length, DontWait) >= 0) return SendOutcome.Sent;
        return Marshal.GetLastPInvokeError() switch
        {
            Libc.ENOBUFS or Libc.EAGAIN or Libc.ENOMEM => SendOutcome.QueueFull,
            Libc.ENETDOWN or Libc.ENXIO or Libc.ENODEV => SendOutcome.LinkDown,
            _ => SendOutcome.Refused,
        };
    }
}
