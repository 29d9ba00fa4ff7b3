using LbSpeaker.Core.Values;

namespace LbSpeaker.Heartbeat.Wire;

/// <summary>What speakers ask and tell each other.</summary>
public abstract record HeartbeatMessage
{
    private HeartbeatMessage()
    {
    }

    /// <summary>"I hear the subject no more. Do you?"</summary>
    /// <param name="Inquiry">The answer says it again.</param>
    public sealed record Ask(ulong Inquiry, string Subject) : HeartbeatMessage;

    /// <param name="Hears">By heartbeats of its own; what others say does not count.</param>
    public sealed record Answer(ulong Inquiry, string Subject, bool Hears) : HeartbeatMessage;

    /// <summary>What the sender holds for true. Every node passes on what is news to it.</summary>
    public sealed record Notice(ValueArray<Rumor> Rumors) : HeartbeatMessage;

    /// <summary>Room for rumors in one datagram, in octets, with the longest names in its header.</summary>
    private const int NoticeRoom = 600;

    /// <summary>As few notices as all of it takes.</summary>
    public static IEnumerable<Notice> Notices(IEnumerable<Rumor> rumors)
    {
        List<Rumor> batch = [];
        int room = NoticeRoom;
        foreach (Rumor rumor in rumors)
        {
            int size = Datagram.RumorLength(rumor);
            if (size > room || batch.Count == byte.MaxValue)
            {
                yield return new(batch.ToValueArray());
                batch.Clear();
                room = NoticeRoom;
            }
            batch.Add(rumor);
            room -= size;
        }
        if (batch.Count > 0) yield return new(batch.ToValueArray());
    }
}

/// <summary>How a node stands for those who do not watch it. The later ones win over the earlier ones of the same version: in doubt for life.</summary>
public enum Standing : byte { Dead = 1, Leaving = 2, Alive = 3 }

/// <summary>What is told of a node. The versions of a subject grow with each change, whoever makes it; two that make the same one at once make the same rumor.</summary>
public readonly record struct Rumor(string Subject, uint Version, Standing Standing)
{
    /// <param name="known">Null where nothing is known of the subject.</param>
    public bool IsNewsTo(Rumor? known) => known is not { } old || Version > old.Version || Version == old.Version && Standing > old.Standing;
}
