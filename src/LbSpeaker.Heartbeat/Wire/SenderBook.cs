namespace LbSpeaker.Heartbeat.Wire;

/// <summary>
/// What was last heard of each sender, so that no datagram is taken twice and none that was overtaken. To lose one that came late costs nothing: whoever needs an answer asks
/// again.
/// </summary>
internal sealed class SenderBook
{
    private sealed class Sender
    {
        public ulong Incarnation { get; set; }

        public ulong Sequence { get; set; }

        public ulong FormerIncarnation { get; set; }

        public ulong FormerSequence { get; set; }
    }

    private readonly Dictionary<string, Sender> senders = [];

    /// <summary>Null where the datagram is the sender's latest.</summary>
    /// <param name="isDouble">The life before the sender's present one goes on speaking: two speakers claim one name.</param>
    public DiscardReason? Accept(in DatagramHeader header, out bool isDouble)
    {
        isDouble = false;
        if (!senders.TryGetValue(header.From, out Sender? sender))
        {
            senders[header.From] = new Sender { Incarnation = header.Incarnation, Sequence = header.Sequence };
            return null;
        }
        if (header.Incarnation == sender.Incarnation)
        {
            if (header.Sequence <= sender.Sequence) return DiscardReason.Replayed;
            sender.Sequence = header.Sequence;
            return null;
        }
        if (header.Incarnation > sender.Incarnation)
        {
            (sender.FormerIncarnation, sender.FormerSequence) = (sender.Incarnation, sender.Sequence);
            (sender.Incarnation, sender.Sequence) = (header.Incarnation, header.Sequence);
            return null;
        }
        if (header.Incarnation == sender.FormerIncarnation && header.Sequence > sender.FormerSequence)
        {
            sender.FormerSequence = header.Sequence;
            isDouble = true;
        }
        return DiscardReason.Incarnation;
    }

    /// <summary>The sender has proved by other means that it lives: what it says next is believed, even if its clock went back and its incarnation with it.</summary>
    public void Forget(string node) => senders.Remove(node);
}
