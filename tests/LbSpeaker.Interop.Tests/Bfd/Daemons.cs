using System.Diagnostics;

namespace LbSpeaker.Interop.Tests.Bfd;

/// <summary>A BFD daemon that is not ours, in the far namespace.</summary>
internal abstract class Daemon(BfdNetwork network) : IDisposable
{
    private readonly List<Process> processes = [];

    protected BfdNetwork Network { get; } = network;

    /// <summary>What the daemon says of its sessions.</summary>
    public abstract string Show();

    public abstract bool SaysUp(string shown);

    public static Daemon Start(string name, BfdNetwork network, string peer, bool multihop = false, bool passive = false, int milliseconds = 200, int multiplier = 5) =>
        name == "bird" ? new Bird(network, peer, multihop, passive, milliseconds, multiplier) : new Frr(network, peer, multihop, passive, milliseconds, multiplier);

    public void AwaitUp() => Shell.Eventually(Show, SaysUp);

    /// <summary>Sets other intervals while the session is up.</summary>
    public abstract void Change(int milliseconds);

    public void Dispose()
    {
        foreach (Process process in Enumerable.Reverse(processes))
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
        processes.Clear();
    }

    protected string Write(string file, string text)
    {
        string path = Path.Combine(Network.Directory, file);
        File.WriteAllText(path, text);
        return path;
    }

    protected void Launch(string program, params string[] arguments)
    {
        Process process = Shell.Start("ip", ["netns", "exec", Network.Far, program, .. arguments]);
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        processes.Add(process);
    }
}

internal sealed class Bird : Daemon
{
    private readonly string peer;
    private readonly bool multihop, passive;
    private readonly int multiplier;
    private readonly string authentication;

    public Bird(BfdNetwork network, string peer, bool multihop = false, bool passive = false, int milliseconds = 200, int multiplier = 5, string authentication = "") : base(network)
    {
        (this.peer, this.multihop, this.passive, this.multiplier, this.authentication) = (peer, multihop, passive, multiplier, authentication);
        Configure(milliseconds);
        Launch(Needs.Bird, "-f", "-c", Path.Combine(network.Directory, "bird.conf"), "-s", Socket);
        Shell.Eventually(() => File.Exists(Socket) ? "yes" : "no socket", seen => seen == "yes");
    }

    private string Socket => Path.Combine(Network.Directory, "bird.ctl");

    public override string Show() => Shell.Run("birdc", "-s", Socket, "show", "bfd", "sessions");

    public override bool SaysUp(string shown) => shown.Contains(" Up ", StringComparison.Ordinal);

    public override void Change(int milliseconds)
    {
        Configure(milliseconds);
        Shell.Run("birdc", "-s", Socket, "configure");
    }

    private void Configure(int milliseconds)
    {
        string own = peer.Contains(':', StringComparison.Ordinal) ? "2001:db8:1::2" : "198.51.100.2";
        Write("bird.conf", $$"""
            router id 192.0.2.2;
            protocol device {}
            protocol bfd {
              {{(multihop ? "multihop" : "interface \"eth0\"")}} { min rx interval {{milliseconds}} ms; min tx interval {{milliseconds}} ms; multiplier {{multiplier}}; passive {{(passive ? "yes" : "no")}}; {{authentication}} };
              neighbor {{peer}} {{(multihop ? $"local {own} multihop yes" : "dev \"eth0\"")}};
            }
            """);
    }
}

internal sealed class Frr : Daemon
{
    private readonly string[] peerCommands;

    public Frr(BfdNetwork network, string peer, bool multihop = false, bool passive = false, int milliseconds = 200, int multiplier = 5) : base(network)
    {
        bool v6 = peer.Contains(':', StringComparison.Ordinal);
        string own = multihop ? v6 ? "2001:db8:1::2" : "198.51.100.2" : "2001:db8::2";
        string name = $"peer {peer}{(multihop ? " multihop" : "")}{(multihop || v6 ? $" local-address {own}" : "")}{(multihop ? "" : " interface eth0")}";
        peerCommands = ["configure terminal", "bfd", name];
        string zebra = Write("zebra.conf", "hostname zebra\n");
        string bfdd = Write("bfdd.conf", $"""
            bfd
             {name}
              transmit-interval {milliseconds}
              receive-interval {milliseconds}
              detect-multiplier {multiplier}
              {(passive ? "passive-mode" : "no passive-mode")}
             exit
            exit

            """);
        Shell.Run("chown", "frr:frr", zebra, bfdd);
        string directory = Network.Directory, api = Path.Combine(directory, "zserv.api");
        string[] common = ["-u", "frr", "-g", "frr", "-z", api, "--vty_socket", directory, "-P", "0", "--log", "stdout"];
        // Left behind by one that was killed.
        File.Delete(api);
        File.Delete(Path.Combine(directory, "bfdd.vty"));
        Launch("/usr/lib/frr/zebra", ["-f", zebra, "-i", Path.Combine(directory, "zebra.pid"), .. common]);
        Shell.Eventually(() => File.Exists(api) ? "yes" : "no zebra", seen => seen == "yes");
        Launch(Needs.Frr, ["-f", bfdd, "-i", Path.Combine(directory, "bfdd.pid"), "--bfdctl", Path.Combine(directory, "bfdd.sock"), .. common]);
        Shell.Eventually(() => File.Exists(Path.Combine(directory, "bfdd.vty")) ? "yes" : "no bfdd", seen => seen == "yes");
    }

    public override string Show() => Vtysh("show bfd peers");

    public string Counters() => Vtysh("show bfd peers counters");

    public override bool SaysUp(string shown) => shown.Contains("Status: up", StringComparison.Ordinal);

    public override void Change(int milliseconds) => Set($"transmit-interval {milliseconds}", $"receive-interval {milliseconds}");

    public void Set(params string[] commands) => Vtysh([.. peerCommands, .. commands]);

    private string Vtysh(params string[] commands) => Shell.Run("vtysh", ["--vty_socket", Network.Directory, .. commands.SelectMany(c => new[] { "-c", c })]);
}
