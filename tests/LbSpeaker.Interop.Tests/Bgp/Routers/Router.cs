using System.Diagnostics;
using LbSpeaker.Testing.Network;

namespace LbSpeaker.Interop.Tests.Bgp.Routers;

/// <summary>A BGP daemon in the lab's router namespace. What one cannot do, it says.</summary>
internal abstract class Router(Lab lab) : IDisposable
{
    private readonly List<Process> processes = [];

    public Lab Place { get; } = lab;

    protected string Folder => Place.Folder;

    /// <summary>By the name of the daemon as the matrix shows it.</summary>
    public static IReadOnlyDictionary<string, (string Command, Func<Lab, Router> Make)> All { get; } = new Dictionary<string, (string, Func<Lab, Router>)>
    {
        ["BIRD"] = ("bird", lab => new Bird(lab)),
        ["FRR"] = ("vtysh", lab => new Frr(lab)),
        ["GoBGP"] = ("gobgpd", lab => new GoBgp(lab)),
        ["OpenBGPD"] = ("bgpctl", lab => new OpenBgpd(lab)),
        ["ExaBGP"] = ("exabgp", lab => new ExaBgp(lab)),
    };

    public static bool IsInstalled(string name) => Command.Exists(All[name].Command);

    /// <summary>What <see cref="Describe"/> says after an administrative shutdown by us.</summary>
    public abstract string WordsForShutdown { get; }

    /// <summary>A shutdown carries words to people (RFC 9003).</summary>
    public virtual bool GivesReasons => true;

    public abstract void Start(RouterSetup setup);

    public abstract bool IsEstablished { get; }

    /// <summary>BFD's own state of the session, where the setup wants BFD.</summary>
    public virtual bool IsBfdUp => false;

    /// <summary>By prefix; what is stale counts.</summary>
    public abstract IReadOnlyDictionary<string, SeenRoute> Routes();

    /// <summary>Asks us for all routes again.</summary>
    public abstract void Refresh();

    /// <summary>Ends the session with a NOTIFICATION, and does not come back by itself.</summary>
    public abstract void Shutdown();

    /// <summary>What the daemon says of the session, for a look at the last NOTIFICATION in it.</summary>
    public abstract string Describe();

    /// <summary>Does nothing at all any more, but its TCP still acknowledges.</summary>
    public void Freeze() => Signal("-STOP");

    public void Thaw() => Signal("-CONT");

    /// <summary>Without a chance for last words.</summary>
    public void Kill()
    {
        foreach (Process process in processes)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
        processes.Clear();
    }

    public virtual void Dispose() => Kill();

    public void WaitFor(string what, Func<bool> condition)
    {
        try
        {
            Eventually.True(what, Speaker.Patience, () => IsAlive() && condition());
        }
        catch (TimeoutException failure)
        {
            throw new TimeoutException($"{failure.Message}; the router says: {Describe()}", failure);
        }
    }

    public void WaitRoutes(params string[] prefixes) =>
        WaitFor($"the router has {string.Join(", ", prefixes)}", () => Routes().Keys.Order(StringComparer.Ordinal).SequenceEqual(prefixes.Order(StringComparer.Ordinal)));

    protected void Write(string file, string text)
    {
        File.WriteAllText(PathOf(file), text);
        Command.Run("chmod", "664", PathOf(file));
    }

    protected string PathOf(string file) => Path.Combine(Folder, file);

    /// <summary>A daemon that stays in the foreground. Its output goes to a file, for the one who looks for a fault.</summary>
    protected void Run(string command, params string[] arguments)
    {
        string log = PathOf($"{Path.GetFileName(command)}.log");
        ProcessStartInfo start = new("ip", ["netns", "exec", Place.Router.Name, "sh", "-c", $"exec \"$0\" \"$@\" >>{log} 2>&1", command, .. arguments]);
        processes.Add(Process.Start(start)!);
    }

    protected string Ask(string command, params string[] arguments) => Place.Router.Try(command, arguments).Output;

    private bool IsAlive() => processes.FirstOrDefault(p => p.HasExited) is not { } dead
        ? true
        : throw new InvalidOperationException($"the router's {dead.StartInfo.ArgumentList[6]} has ended: {string.Concat(Directory.GetFiles(Folder, "*.log").Select(File.ReadAllText))}");

    private void Signal(string signal)
    {
        foreach (Process process in processes)
            foreach (string id in Family(process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture))) Command.Run("kill", signal, id);
    }

    /// <summary>A daemon and the processes that it has made.</summary>
    private static IEnumerable<string> Family(string id) =>
        File.ReadAllText($"/proc/{id}/task/{id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(Family).Prepend(id);
}
