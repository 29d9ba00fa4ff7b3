using LbSpeaker.Layer2;
using LbSpeaker.Layer2.Capture;
using LbSpeaker.Linux;
using LbSpeaker.Linux.Links;
using LbSpeaker.Testing;
using LbSpeaker.Testing.Network;

namespace LbSpeaker.Interop.Tests.Linux;

/// <summary>What a real kernel says to filters and frames.</summary>
public sealed class SocketTests
{
    private static readonly byte[] Frame = new byte[42];

    [NetworkFact]
    public void Sending_says_why_it_could_not()
    {
        using TestNetwork network = new();
        TestNamespace place = network.Add();
        using IPacketDevice device = Open(place);
        Assert.Equal(SendOutcome.Sent, device.Send(Frame));
        Assert.Equal(SendOutcome.Refused, device.Send(new byte[100_000]));

        // A queue with room for one frame, and a rate that lets it out in minutes.
        (int code, _) = place.Try("tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", "8bit", "burst", "1600", "limit", "1600");
        if (code == 0)
        {
            SendOutcome[] outcomes = [.. Enumerable.Range(0, 1_000).Select(_ => device.Send(Frame))];
            Assert.Contains(SendOutcome.QueueFull, outcomes);
            Assert.DoesNotContain(outcomes, o => o is SendOutcome.LinkDown or SendOutcome.Refused);
        }

        place.Ip("link set eth0 down");
        Assert.Equal(SendOutcome.LinkDown, device.Send(Frame));
        place.Ip("link delete eth0");
        Assert.Equal(SendOutcome.LinkDown, device.Send(Frame));
    }

    [NetworkFact]
    public void A_filter_that_is_none_is_our_own_fault_and_thrown()
    {
        using TestNetwork network = new();
        using IPacketDevice device = Open(network.Add());
        Assert.Contains("SO_ATTACH_FILTER", Assert.Throws<IOException>(() => KernelFilter.TryAttach(device.Descriptor, [new(0xFFFF, 0, 0, 0)])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => KernelFilter.TryAttach(device.Descriptor, new FilterInstruction[KernelFilter.MaxInstructions + 1]));
        KernelFilter.Detach(device.Descriptor);
    }

    [NetworkFact]
    public void An_interface_that_is_not_there_cannot_be_opened_and_the_message_names_it()
    {
        using TestNetwork network = new();
        TestNamespace place = network.Add();
        IOException failure = Assert.Throws<IOException>(() => place.Enter(() => new PcapLinkLayer().Open(new LinkState(99, "nowhere0", null))));
        Assert.Contains("nowhere0", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>Reading a device whose interface was removed ends it, and reading one that is only down does not.</summary>
    [NetworkFact]
    public void A_device_outlives_a_link_that_is_down_and_dies_with_one_that_is_removed()
    {
        using TestNetwork network = new();
        TestNamespace place = network.Add();
        using IPacketDevice device = Open(place);
        place.Ip("link set eth0 down");
        Assert.True(device.TryRead(out _));
        place.Ip("link set eth0 up");
        Assert.True(device.TryRead(out _));
        place.Ip("link delete eth0");
        Eventually.True("the device dies", TimeSpan.FromSeconds(10), () => !device.TryRead(out _));
    }

    [NetworkFact("setpriv")]
    public void Without_the_capability_a_speaker_ends_with_one_line_that_names_the_cure()
    {
        using TestNetwork network = new();
        TestNamespace place = network.Add();
        string kubeconfig = Path.GetTempFileName();
        File.WriteAllText(kubeconfig, """
            apiVersion: v1
            kind: Config
            clusters: [{name: none, cluster: {server: "http://127.0.0.1:1"}}]
            users: [{name: nobody, user: {token: none}}]
            contexts: [{name: none, context: {cluster: none, user: nobody}}]
            current-context: none
            """);
        (int code, string output) = place.Try("setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw",
            Executable, "speaker", "--kubeconfig", kubeconfig, "--namespace", "lbspeaker-system", "--node-name", "node1", "--port", "0", "--health-probe-port", "0");
        File.Delete(kubeconfig);
        Assert.Equal(2, code);
        // The log has lines of its own before and after.
        string line = Assert.Single(output.Split('\n'), l => l.StartsWith("lbspeaker: ", StringComparison.Ordinal));
        Assert.StartsWith("lbspeaker: the capability NET_RAW is missing: run as root, or give the container", line, StringComparison.Ordinal);
        Assert.DoesNotContain(nameof(Layer2StartException), output, StringComparison.Ordinal);
    }

    /// <summary>The executable as it was built, which stands beside its own dependencies and not beside these tests.</summary>
    private static string Executable
    {
        get
        {
            DirectoryInfo output = new(AppContext.BaseDirectory);
            return Repository.PathOf("src", "LbSpeaker", "bin", output.Parent!.Name, output.Name, "lbspeaker");
        }
    }

    /// <summary>One end of a cable whose other end is up.</summary>
    private static IPacketDevice Open(TestNamespace place)
    {
        place.Ip("link add eth0 type veth peer name eth1");
        place.Ip("link set eth1 up");
        place.Ip("link set eth0 up");
        return place.Enter(() => new PcapLinkLayer().Open(place.Link("eth0")));
    }
}
