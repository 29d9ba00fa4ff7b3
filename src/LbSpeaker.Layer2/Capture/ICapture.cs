using System.Diagnostics.CodeAnalysis;

namespace LbSpeaker.Layer2.Capture;

/// <summary>Whoever reads the ports.</summary>
internal interface ICapture
{
    /// <summary>From now on the port is read.</summary>
    void Open(Port port);

    /// <summary>Asks for the port back; <see cref="TryTakeReleased"/> gives it when nobody reads it any more.</summary>
    void Close(Port port);

    /// <summary>A port that is no longer read, because it was asked for or because its device is dead.</summary>
    bool TryTakeReleased([NotNullWhen(true)] out Port? port);
}
