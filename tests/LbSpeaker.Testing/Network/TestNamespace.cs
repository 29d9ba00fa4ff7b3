using LbSpeaker.Linux;
using LbSpeaker.Linux.Links;

namespace LbSpeaker.Testing.Network;

/// <summary>One network namespace, and what a test does in it.</summary>
public sealed class TestNamespace(string name)
{
    public string Name { get; } = name;

    /// <summary><c>ip</c> inside the namespace.</summary>
    public string Ip(string arguments) => Command.Run("ip", ["-n", Name, .. arguments.Split(' ')]);

    /// <summary>A command inside the namespace; its output and exit code.</summary>
    public (int ExitCode, string Output) Try(string command, params string[] arguments) => Command.Try("ip", ["netns", "exec", Name, command, .. arguments]);

    /// <summary>A kernel setting below /proc/sys, of this namespace.</summary>
    public void Set(string setting, string value) => Enter(() =>
    {
        File.WriteAllText("/proc/sys/" + setting, value);
        return true;
    });

    /// <summary>Work on a thread inside the namespace. Sockets and threads that are made there stay there.</summary>
    public T Enter<T>(Func<T> work) => NetworkNamespace.Run(Name, work);

    public LinkState Link(string interfaceName) => Enter(() =>
    {
        using LinkMonitor links = new();
        return links.Read().Single(l => l.Name == interfaceName);
    });
}
