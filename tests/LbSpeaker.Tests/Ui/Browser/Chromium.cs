using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json.Nodes;

namespace LbSpeaker.Tests.Ui.Browser;

/// <summary>A headless Chromium, driven over the DevTools protocol: a WebSocket, and JSON.</summary>
public sealed class Chromium : IAsyncLifetime, IDisposable
{
    /// <summary>For a machine that has much else to do.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string profile = Directory.CreateTempSubdirectory("lbspeaker-chromium-").FullName;
    private readonly ClientWebSocket socket = new();
    private readonly SemaphoreSlim sending = new(1);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> waiting = [];
    private readonly ConcurrentDictionary<string, Page> pages = [];
    private readonly Process process = new();
    private Task receiving = Task.CompletedTask;
    private int last;

    public static string? Found { get; } = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(d => Path.Combine(d, "chromium")).FirstOrDefault(File.Exists);

    public async Task InitializeAsync()
    {
        if (Found is null) return;
        // Without a sandbox: the tests run as root, and the only pages are our own.
        process.StartInfo = new(Found, [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-renderer-backgrounding", "--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows", "--force-color-profile=srgb", "--lang=en-GB",
            "--remote-debugging-port=0", $"--user-data-dir={profile}", "about:blank"])
        { RedirectStandardError = true, RedirectStandardOutput = true };
        process.ErrorDataReceived += (_, _) => { };
        process.OutputDataReceived += (_, _) => { };
        process.Start();
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        string told = Path.Combine(profile, "DevToolsActivePort");
        long began = Stopwatch.GetTimestamp();
        while (!File.Exists(told) || File.ReadAllLines(told).Length < 2)
        {
            if (process.HasExited) throw new InvalidOperationException($"chromium ended with exit code {process.ExitCode}");
            if (Stopwatch.GetElapsedTime(began) > Patience) throw new TimeoutException("chromium does not start");
            await Task.Delay(20);
        }
        string[] lines = await File.ReadAllLinesAsync(told);
        await socket.ConnectAsync(new($"ws://127.0.0.1:{lines[0]}{lines[1]}"), CancellationToken.None);
        receiving = ReceiveAsync();
    }

    public async Task DisposeAsync()
    {
        if (Found is null) return;
        await SendAsync("Browser.close", [], null);
        if (!process.WaitForExit(Patience)) process.Kill(entireProcessTree: true);
        await receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose()
    {
        socket.Dispose();
        process.Dispose();
        sending.Dispose();
        Directory.Delete(profile, recursive: true);
    }

    /// <summary>A page of its own, with nothing kept from another.</summary>
    internal async Task<Page> OpenAsync()
    {
        string context = (string)(await SendAsync("Target.createBrowserContext", [], null))["browserContextId"]!;
        string target = (string)(await SendAsync("Target.createTarget", new() { ["url"] = "about:blank", ["browserContextId"] = context, ["width"] = 1280, ["height"] = 900 }, null))["targetId"]!;
        string session = (string)(await SendAsync("Target.attachToTarget", new() { ["targetId"] = target, ["flatten"] = true }, null))["sessionId"]!;
        Page page = pages[session] = new(this, session, context);
        foreach (string domain in (string[])["Page", "Runtime", "Log", "Network", "Accessibility", "DOM"]) await page.SendAsync($"{domain}.enable");
        return page;
    }

    internal async Task<JsonNode> SendAsync(string method, JsonObject parameters, string? session)
    {
        int id = Interlocked.Increment(ref last);
        TaskCompletionSource<JsonNode> answer = waiting[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        JsonObject message = new() { ["id"] = id, ["method"] = method, ["params"] = parameters };
        if (session is not null) message["sessionId"] = session;
        await sending.WaitAsync();
        try
        {
            await socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, true, CancellationToken.None);
        }
        finally
        {
            sending.Release();
        }
        JsonNode told = await answer.Task.WaitAsync(Patience);
        return told["error"] is { } error ? throw new InvalidOperationException($"{method}: {error.ToJsonString()}") : told["result"]!;
    }

    private async Task ReceiveAsync()
    {
        byte[] buffer = new byte[1 << 16];
        using MemoryStream message = new();
        while (socket.State == WebSocketState.Open)
        {
            ValueWebSocketReceiveResult part = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
            if (part.MessageType == WebSocketMessageType.Close) return;
            message.Write(buffer, 0, part.Count);
            if (!part.EndOfMessage) continue;
            JsonNode told = JsonNode.Parse(message.ToArray())!;
            message.SetLength(0);
            if (told["id"] is { } id && waiting.TryRemove((int)id, out TaskCompletionSource<JsonNode>? answer)) answer.TrySetResult(told);
            else if (told["sessionId"] is { } session && pages.TryGetValue((string)session!, out Page? page)) page.Take((string)told["method"]!, told["params"]!);
        }
    }
}
