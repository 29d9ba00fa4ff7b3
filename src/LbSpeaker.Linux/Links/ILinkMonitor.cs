namespace LbSpeaker.Linux.Links;

/// <summary>The interfaces of this network namespace, and word of their changes: the seam at which tests stand in for the kernel.</summary>
public interface ILinkMonitor : IDisposable
{
    /// <summary>Readable when something changed; then <see cref="Drain"/> and <see cref="Read"/>. One thread may drain while another reads.</summary>
    int EventDescriptor { get; }

    /// <summary>Takes what is reported, a bounded part at a time: the descriptor stays readable while there is more.</summary>
    void Drain();

    /// <summary>Every interface, sorted by index.</summary>
    IReadOnlyList<LinkState> Read();
}
