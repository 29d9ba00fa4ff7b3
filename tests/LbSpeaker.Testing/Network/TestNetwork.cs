namespace LbSpeaker.Testing.Network;

/// <summary>The network namespaces of one test. Their names have the process in them, so that runs beside each other do not meet; they go with what is in them.</summary>
public sealed class TestNetwork : IDisposable
{
    private static int made;
    private readonly List<TestNamespace> namespaces = [];

    /// <summary>A namespace with its loopback up.</summary>
    public TestNamespace Add()
    {
        string name = $"lbst-{Environment.ProcessId}-{Interlocked.Increment(ref made)}";
        Command.Run("ip", "netns", "add", name);
        TestNamespace added = new(name);
        namespaces.Add(added);
        added.Ip("link set lo up");
        return added;
    }

    /// <summary>A cable between two namespaces, both ends up, without waiting for duplicate address detection.</summary>
    public static void Connect(TestNamespace one, string oneName, TestNamespace other, string otherName)
    {
        one.Ip($"link add {oneName} type veth peer name {otherName} netns {other.Name}");
        foreach ((TestNamespace end, string name) in new[] { (one, oneName), (other, otherName) })
        {
            end.Set($"net/ipv6/conf/{name}/accept_dad", "0");
            end.Ip($"link set {name} up");
        }
    }

    public void Dispose()
    {
        foreach (TestNamespace each in namespaces) Command.Try("ip", "netns", "delete", each.Name);
    }
}
