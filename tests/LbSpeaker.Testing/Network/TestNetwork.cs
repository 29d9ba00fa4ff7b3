namespace LbSpeaker.Testing.Network;

/// <summary>The network namespaces of one test. Their names have the process in them, so that runs beside each other do not meet; they go with what is in them.</summary>
public sealed class TestNetwork : IDisposable
{
    private const string Prefix = "lbst-";

    private static int made;
    private readonly List<TestNamespace> namespaces = [];

    /// <summary>What a run left behind that was killed is removed by the next one.</summary>
    static TestNetwork()
    {
        foreach (string name in Command.Run("ip", "netns", "list").Split('\n').Select(l => l.Split(' ')[0]).Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)))
            if (!Directory.Exists("/proc/" + name.Split('-')[1])) Command.Try("ip", "netns", "delete", name);
    }

    /// <summary>A namespace with its loopback up.</summary>
    public TestNamespace Add()
    {
        string name = $"{Prefix}{Environment.ProcessId}-{Interlocked.Increment(ref made)}";
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
