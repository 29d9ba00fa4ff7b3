namespace LbSpeaker.Linux;

/// <summary>Work inside another network namespace, as <c>ip netns exec</c> does for a process.</summary>
public static class NetworkNamespace
{
    private const int CloneNewNet = 0x40000000, CloseOnExec = 0x80000;

    /// <summary>
    /// Runs <paramref name="work"/> on a thread of its own inside the namespace <c>/var/run/netns/NAME</c>. Sockets opened there stay there after the thread
    /// has ended; that is the use of it.
    /// </summary>
    /// <exception cref="IOException">There is no such namespace, or the process may not enter it.</exception>
    public static T Run<T>(string name, Func<T> work)
    {
        T? result = default;
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                int fd = Libc.Checked(Libc.Open("/var/run/netns/" + name, CloseOnExec), $"open network namespace {name}");
                int entered = Libc.SetNs(fd, CloneNewNet);
                _ = Libc.Close(fd);
                Libc.Checked(entered, $"enter network namespace {name}");
                result = work();
            }
            catch (Exception thrown)
            {
                failure = thrown;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        return result!;
    }
}
