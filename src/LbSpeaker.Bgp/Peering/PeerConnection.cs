using System.Threading.Channels;
using LbSpeaker.Bgp.Routing;
using LbSpeaker.Bgp.Session;
using LbSpeaker.Bgp.Wire;

namespace LbSpeaker.Bgp.Peering;

/// <summary>
/// One open connection, as its actor has it: octets that came and are not yet messages, messages that are not yet octets. At most one read and one write are under
/// way, and each tells the actor's mailbox when it is done, so that nothing grows while either side is slow. One owner; only <see cref="CloseAsync"/> outlives it.
/// </summary>
internal sealed class PeerConnection(int number, IPeerTransport transport, ChannelWriter<PeerMessage> mailbox, PeerCounters counters, MessageTrace? trace = null)
{
    private const int BufferLength = 64 * 1024;

    private readonly byte[] input = new byte[BufferLength], output = new byte[BufferLength];
    private readonly Queue<BgpMessage> waiting = [];
    private int start, end;
    private Task reading = Task.CompletedTask, writing = Task.CompletedTask;
    private bool isWriting;

    public int Number { get; } = number;

    public TransportFacts Facts => transport.Facts;

    public bool HasUnread => transport.HasUnread;

    /// <summary>How this connection's messages are read and written; changed when the session is up.</summary>
    public CodecOptions Codec { get; set; } = CodecOptions.Default;

    public void Read() => reading = ReadAsync();

    /// <summary>Takes the octets of a finished read.</summary>
    public void Take(int octets) => end += octets;

    /// <summary>The next message among the octets that came; null where more are needed.</summary>
    public DecodeResult? Next()
    {
        Frame frame = Framing.Read(input.AsSpan(start, end - start));
        if (frame.Status == FrameStatus.NeedMore)
        {
            input.AsSpan(start, end - start).CopyTo(input);
            (start, end) = (0, end - start);
            return null;
        }
        if (frame.Status == FrameStatus.Invalid)
        {
            DecodeResult refused = DecodeResult.Refused(frame.Error!);
            trace?.Received(input.AsSpan(start, end - start), refused, Codec);
            return refused;
        }
        start += frame.Message.Length;
        counters.Received((MessageType)frame.Message[BgpMessage.HeaderLength - 1]);
        DecodeResult result = MessageDecoder.Decode(frame.Message, Codec);
        trace?.Received(frame.Message, result, Codec);
        return result;
    }

    /// <summary>To be sent before any routes.</summary>
    public void Enqueue(BgpMessage message)
    {
        // Two KEEPALIVEs in a row say no more than one; while the router takes nothing they would pile up.
        if (message is KeepaliveMessage && waiting.Contains(message)) return;
        waiting.Enqueue(message);
    }

    /// <summary>A write was finished.</summary>
    public void Written() => isWriting = false;

    /// <summary>Begins a write if none is under way and there is something to say.</summary>
    /// <param name="rib">Null before the session is up.</param>
    public void Flush(AdjRibOut? rib)
    {
        if (isWriting) return;
        int octets = EncodeWaiting();
        if (rib is not null && output.Length - octets >= BgpMessage.MaxLength)
        {
            (long updates, long markers) = (rib.Updates, rib.RefreshMarkers);
            octets += rib.Take(output.AsSpan(octets));
            counters.Sent(MessageType.Update, rib.Updates - updates);
            counters.Sent(MessageType.RouteRefresh, rib.RefreshMarkers - markers);
        }
        if (octets == 0) return;
        trace?.Sent(output.AsSpan(0, octets), Codec);
        isWriting = true;
        writing = WriteAsync(output.AsMemory(0, octets));
    }

    /// <summary>Ends the connection in bounded time: says what is still to be said, and lets the router read it to the end.</summary>
    /// <param name="limit">Cancelled when it is enough.</param>
    public async Task CloseAsync(NotificationMessage? lastWords, CancellationToken limit)
    {
        try
        {
            await writing.WaitAsync(limit).ConfigureAwait(false);
            if (lastWords is not null) waiting.Enqueue(lastWords);
            if (EncodeWaiting() is > 0 and int octets)
            {
                trace?.Sent(output.AsSpan(0, octets), Codec);
                await transport.WriteAsync(output.AsMemory(0, octets), limit).ConfigureAwait(false);
            }
            transport.EndWriting();
            // A socket that is closed with octets unread answers with a reset, and that may overtake the last words.
            await reading.WaitAsync(limit).ConfigureAwait(false);
            while (await transport.ReadAsync(input, limit).ConfigureAwait(false) > 0) { }
        }
        catch (Exception failure) when (failure is PeerIOException or OperationCanceledException)
        {
            if (!writing.IsCompleted) transport.Abort();
        }
        finally
        {
            transport.Dispose();
        }
    }

    private int EncodeWaiting()
    {
        int octets = 0;
        while (output.Length - octets >= BgpMessage.MaxLength && waiting.TryDequeue(out BgpMessage? message))
        {
            octets += message.Encode(output.AsSpan(octets), Codec);
            counters.Sent(message.Type);
        }
        return octets;
    }

    private async Task ReadAsync()
    {
        try
        {
            int octets = await transport.ReadAsync(input.AsMemory(end), CancellationToken.None).ConfigureAwait(false);
            mailbox.TryWrite(new PeerMessage.ReadDone(this, octets));
        }
        catch (PeerIOException failure)
        {
            mailbox.TryWrite(new PeerMessage.Failed(Number, new(failure.Reason, failure.Message)));
        }
        catch (Exception bug) when (mailbox.TryComplete(bug)) { }
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> octets)
    {
        try
        {
            await transport.WriteAsync(octets, CancellationToken.None).ConfigureAwait(false);
            mailbox.TryWrite(new PeerMessage.WriteDone(this));
        }
        catch (PeerIOException failure)
        {
            mailbox.TryWrite(new PeerMessage.Failed(Number, new(failure.Reason, failure.Message)));
        }
        catch (Exception bug) when (mailbox.TryComplete(bug)) { }
    }
}
