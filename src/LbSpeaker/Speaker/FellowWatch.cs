using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Heartbeat;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;

namespace LbSpeaker.Speaker;

/// <summary>Who the speakers of the other nodes are, so that they are watched, and what is heard of them in words that the rest understands.</summary>
internal sealed class FellowWatch(string node, string ownNamespace, IHeartbeat heartbeat, TimeProvider time, ChannelWriter<SpeakerMessage> mailbox) : IDisposable
{
    /// <summary>What is not heard for so long is not about to be.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Within that every speaker sees a new key.</summary>
    private static readonly TimeSpan KeyTurn = TimeSpan.FromSeconds(10);

    private readonly ObjectKey secretKey = new(ownNamespace, ApiNames.HeartbeatSecret);
    private readonly SortedDictionary<string, ValueArray<IpAddress>> addresses = new(StringComparer.Ordinal);
    private ImmutableSortedSet<string> known = [];
    private ValueArray<HeartbeatKey> keys = [];
    private HeartbeatKey? outgoing;
    private DateTimeOffset turnsAt;
    private bool isKeyMissing = true;
    private HeartbeatReport report = HeartbeatReport.Empty;
    private ITimer? due, turn;
    private bool leaving;

    /// <summary>Null, and not so, where something has changed since; most turns of the loop have nothing to do with other speakers.</summary>
    private ConditionReport? judged;
    private bool isDesired;

    public void Observe(ClusterChange change)
    {
        switch (change)
        {
            case ClusterChange.Upserted { Record: NodeRecord { View: var view } }: addresses[view.Name] = view.InternalAddresses; break;
            case ClusterChange.Removed { Kind: ClusterKind.Node, Key: var key }: addresses.Remove(key.Name); break;
            case ClusterChange.SpeakersChanged speakers: known = speakers.Known; break;
            case ClusterChange.Upserted { Record: SecretRecord { View: var secret } } when secret.Key == secretKey: Take(secret.Password); break;
            // Whoever falls silent is taken for one that goes: the last key serves until there is another one.
            case ClusterChange.Removed { Kind: ClusterKind.Secret } removed when removed.Key == secretKey: isKeyMissing = true; break;
            default: return;
        }
        LookAgain();
    }

    /// <summary>Time has passed that makes a difference.</summary>
    public void LookAgain() => (judged, isDesired) = (null, false);

    /// <summary>What is heard now.</summary>
    public void Apply(HeartbeatReport heard)
    {
        report = heard;
        LookAgain();
        DateTimeOffset now = time.GetUtcNow();
        TimeSpan? next = heard.Members.Where(m => m.State == MemberState.Unheard && now - m.Since < Patience).Select(m => (TimeSpan?)(m.Since + Patience - now)).Min();
        due?.Dispose();
        // Nothing happens then, but it has been so for long enough to be told.
        due = next is { } wait ? time.CreateTimer(_ => mailbox.TryWrite(new SpeakerMessage.FellowsDue()), null, wait, Timeout.InfiniteTimeSpan) : null;
    }

    /// <summary>This speaker goes by intent.</summary>
    public void Leave()
    {
        leaving = true;
        LookAgain();
    }

    /// <summary>Has those watched that are known now.</summary>
    public void SetDesired()
    {
        if (isDesired) return;
        isDesired = true;
        if (keys.Count == 2 && keys[0] == outgoing && time.GetUtcNow() >= turnsAt) (keys, outgoing) = ([keys[1], keys[0]], null);
        IpAddress? own = addresses.GetValueOrDefault(node) is { IsEmpty: false } mine ? mine[0] : null;
        ValueArray<HeartbeatMember> members = own is not { } address ? [] : (
            from other in known
            where other != node
            let reachable = addresses.GetValueOrDefault(other).Where(a => a.Family == address.Family).Take(1).ToValueArray()
            where !reachable.IsEmpty
            select new HeartbeatMember(other, reachable[0])).ToValueArray();
        heartbeat.SetDesired(new(node, own, members, keys, leaving));
    }

    public static ImmutableSortedDictionary<string, SpeakerPulse> Pulses(HeartbeatReport report) => report.Members.ToImmutableSortedDictionary(m => m.Node, m => m.State switch
    {
        MemberState.Alive => SpeakerPulse.Alive,
        MemberState.Suspected => SpeakerPulse.Suspected,
        MemberState.Dead => SpeakerPulse.Dead,
        MemberState.Leaving => SpeakerPulse.Leaving,
        _ => SpeakerPulse.Unheard,
    }, StringComparer.Ordinal);

    /// <summary>Whether heartbeats do what they are for.</summary>
    public ConditionReport Judge() => judged ??= JudgeNow();

    private ConditionReport JudgeNow()
    {
        DateTimeOffset now = time.GetUtcNow();
        string faults = report.Faults.IsEmpty ? "" : "; " + string.Join("; ", report.Faults.AsEnumerable());
        ConditionReport Say(ConditionStatus status, string reason, string message) => new(ConditionTypes.Heartbeats, status, reason, message);
        if (isKeyMissing)
            return Say(ConditionStatus.False, ConditionReasons.NoHeartbeatKey,
                $"the Secret {secretKey} is missing or has no password: {(keys.IsEmpty ? "the Leases alone tell which speakers live" : "the last one serves until there is another")}");
        string[] unheard = [.. report.Members.Where(m => m.State == MemberState.Unheard && now - m.Since >= Patience || m.IsPathFailed).Select(m => m.Node)];
        if (unheard.Length > 0)
            return Say(ConditionStatus.False, ConditionReasons.NotHeard,
                $"no heartbeat comes through from {string.Join(", ", unheard.Take(3))}{(unheard.Length > 3 ? $" and {unheard.Length - 3} more" : "")}; of those whom nobody hears the Leases alone tell whether they live{faults}");
        return faults.Length > 0 ? Say(ConditionStatus.False, ConditionReasons.HeartbeatFault, faults[2..]) : Say(ConditionStatus.True, ConditionReasons.Heard, "the speakers hear each other");
    }

    public void Dispose()
    {
        due?.Dispose();
        turn?.Dispose();
    }

    /// <summary>Not every speaker sees a new key at the same time: it is accepted at first, after a while it signs, and the one before is still accepted.</summary>
    private void Take(SecretText? password)
    {
        isKeyMissing = password is null;
        if (password is null) return;
        byte[] octets = Encoding.UTF8.GetBytes(password.Reveal());
        HeartbeatKey key = new(SHA256.HashData(octets)[0], new SecretOctets(octets));
        if (keys.Contains(key)) return;
        // Two keys of one number cannot be told apart: one in 256 takes the other's place at once.
        if (keys.IsEmpty || keys[0].Id == key.Id)
        {
            keys = [key];
            return;
        }
        outgoing = keys[0];
        keys = [outgoing, key];
        turnsAt = time.GetUtcNow() + KeyTurn;
        turn?.Dispose();
        turn = time.CreateTimer(_ => mailbox.TryWrite(new SpeakerMessage.FellowsDue()), null, KeyTurn, Timeout.InfiniteTimeSpan);
    }
}
