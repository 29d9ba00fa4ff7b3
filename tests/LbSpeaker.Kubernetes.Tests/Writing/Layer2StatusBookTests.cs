using System.Collections.Immutable;
using LbSpeaker.Core.Cluster;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Reports;
using LbSpeaker.Core.Values;
using LbSpeaker.Kubernetes.Resources;
using LbSpeaker.Kubernetes.Watching;
using LbSpeaker.Kubernetes.Writing;

namespace LbSpeaker.Kubernetes.Tests.Writing;

/// <summary>Who writes the record of a Service where two believe to own it.</summary>
public sealed class Layer2StatusBookTests
{
    private static readonly ObjectKey Web = new("default", "web");
    private static readonly IpAddress Address = IpAddress.Parse("192.0.2.10");

    private readonly Layer2StatusBook book = new("n1", _ => true);

    private static Layer2ServiceReport Announced { get; } = new(true, [], []) { Addresses = [Address], Since = DateTimeOffset.UnixEpoch };

    private static Layer2ServiceReport NotAnnounced(NotAnnouncedReason reason) => new(false, [], [new(Address.ToString(), reason.ToString(), "")]) { Addresses = [Address] };

    private Layer2StatusStep? Say(Layer2ServiceReport report)
    {
        book.SetDesired(new Dictionary<ObjectKey, Layer2ServiceReport?> { [Web] = report }, []);
        return Next();
    }

    private Layer2StatusStep? See(string node, bool isAnnounced = true)
    {
        Layer2StatusView view = new(new("lbspeaker-system", ServiceL2StatusWriter.NameOf(Web)), Web, node, isAnnounced, [], []) { Addresses = [Address], Since = DateTimeOffset.UnixEpoch };
        book.Observe(new ClusterChange.Upserted(new Layer2StatusRecord(view, "1", "")));
        return Next();
    }

    private Layer2StatusStep? Next() => book.Take() is [.., var (_, step)] ? step : null;

    [Fact]
    public void What_another_node_owned_is_taken_over()
    {
        See("n2");
        Assert.IsType<Layer2StatusStep.TakeOver>(Say(Announced));
        Assert.Null(See("n1"));
    }

    [Fact]
    public void Who_has_yielded_leaves_what_one_that_announces_says_whatever_is_known_of_its_life()
    {
        See("n2");
        Assert.Null(Say(NotAnnounced(NotAnnouncedReason.Yielded)));
        Assert.IsType<Layer2StatusStep.TakeOver>(See("n2", isAnnounced: false));
        Assert.Null(See("n2"));
        // That one fell silent.
        Assert.IsType<Layer2StatusStep.TakeOver>(Say(Announced));
    }

    [Fact]
    public void Who_does_not_announce_for_another_reason_says_so() =>
        Assert.All(Enum.GetValues<NotAnnouncedReason>().Except([NotAnnouncedReason.Yielded]), reason =>
        {
            See("n2");
            Assert.IsType<Layer2StatusStep.TakeOver>(Say(NotAnnounced(reason)));
        });

    /// <summary>Two that see who lives otherwise both believe to own it: neither is right for ever, and they are not to write against each other all the while.</summary>
    [Fact]
    public void What_was_taken_from_this_node_is_taken_back_and_can_wait()
    {
        Assert.IsType<Layer2StatusStep.Create>(Say(Announced));
        See("n1");
        Assert.True(Assert.IsType<Layer2StatusStep.TakeOver>(See("n2")).IsBack);
        // One that says that it does not announce fights for nothing.
        Assert.False(Assert.IsType<Layer2StatusStep.TakeOver>(See("n2", isAnnounced: false)).IsBack);

        // Left, and owned again.
        Say(Layer2ServiceReport.LeftToOther);
        See("n2");
        Assert.False(Assert.IsType<Layer2StatusStep.TakeOver>(Say(Announced)).IsBack);
    }
}
