using System.Threading.Channels;
using LbSpeaker.Bgp;
using LbSpeaker.Heartbeat;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Layer2;

namespace LbSpeaker.Speaker;

/// <summary>What reaches the speaker's loop: a closed set.</summary>
internal abstract record SpeakerMessage
{
    private SpeakerMessage() { }

    /// <summary>The cluster changed.</summary>
    public sealed record Cluster(ClusterChange Change) : SpeakerMessage;

    /// <summary>The interfaces changed, or what they answer.</summary>
    public sealed record Layer2(Layer2Report Report) : SpeakerMessage;

    /// <summary>The BGP sessions changed, or what the routers have been told.</summary>
    public sealed record Bgp(BgpReport Report) : SpeakerMessage;

    /// <summary>BFD sees a path otherwise than before.</summary>
    public sealed record BfdChanged : SpeakerMessage;

    /// <summary>What is heard of the other speakers has changed.</summary>
    public sealed record Heartbeats(HeartbeatReport Report) : SpeakerMessage;

    /// <summary>A new key of the heartbeats has been there for long enough to sign with it, or a speaker has not been heard for long enough to be told of.</summary>
    public sealed record FellowsDue : SpeakerMessage;

    /// <summary>This speaker is to hand over what it owns and go.</summary>
    public sealed record Leave : SpeakerMessage;

    /// <summary>This node has been in maintenance for long enough to withdraw.</summary>
    public sealed record MaintenanceDue : SpeakerMessage;

    /// <summary>The way of a feed into the speaker's mailbox.</summary>
    public sealed class FeedWriter(ChannelWriter<SpeakerMessage> mailbox) : ChannelWriter<ClusterChange>
    {
        public override bool TryWrite(ClusterChange item) => mailbox.TryWrite(new Cluster(item));

        public override ValueTask<bool> WaitToWriteAsync(CancellationToken cancellationToken = default) => mailbox.WaitToWriteAsync(cancellationToken);
    }
}
