using LbSpeaker.Core.Net;

namespace LbSpeaker.Bfd.Engine;

/// <summary>What a control packet came with.</summary>
/// <param name="Hops">By the port it came to.</param>
/// <param name="Vrf">By the socket it came to.</param>
internal readonly record struct Arrival(BfdHops Hops, string? Vrf, IpAddress Source, IpAddress Destination, int Interface, int Ttl);

/// <summary>The sockets, as the sessions need them: real ones, or a virtual wire.</summary>
internal interface ISessionWire
{
    /// <summary>Opens what the session sends and is heard by, or says why not; called again until it can.</summary>
    BfdFault Open(LiveSession session);

    void Close(LiveSession session);

    BfdFault Send(LiveSession session, ReadOnlySpan<byte> packet);

    /// <summary>False where the packet could not leave.</summary>
    bool SendEcho(LiveSession session, ReadOnlySpan<byte> packet);

    /// <summary>The interface that the session names, by its present index; 0 where it names none.</summary>
    int InterfaceOf(LiveSession session);

    /// <summary>The peer's echo packets come back from this node.</summary>
    bool LoopsEchoes(LiveSession session);

    /// <summary>Hands over whatever has arrived and was not read. Called before a session is declared dead, so that a late reader blames no one.</summary>
    void Drain(TimeSpan now);
}
