namespace LbSpeaker.Trace;

/// <summary>The file that packets are written to for Wireshark; what is in it is replaced.</summary>
internal sealed class TraceFile : IDisposable
{
    private readonly string name;
    private readonly Stream stream;
    private readonly PcapngWriter writer;

    /// <param name="path">- for standard output.</param>
    /// <exception cref="StartException">It cannot be written: in one line why.</exception>
    public TraceFile(string path)
    {
        name = path == "-" ? "standard output" : path;
        try
        {
            stream = path == "-" ? Console.OpenStandardOutput() : new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Unwritable(failed);
        }
        writer = new(stream);
        Write(writer.Start);
    }

    /// <inheritdoc cref="TraceFile(string)"/>
    public void Add(TracedPacket packet) => Write(() => writer.Add(packet));

    public void Dispose() => stream.Dispose();

    private void Write(Action write)
    {
        try
        {
            write();
        }
        catch (IOException full)
        {
            throw Unwritable(full);
        }
    }

    private StartException Unwritable(Exception why) => new($"{name} cannot be written: {why.Message}");
}
