using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace LbSpeaker.Tests.Ui.Browser;

/// <summary>One page in the browser, and what it complained of and asked for.</summary>
internal sealed class Page(Chromium browser, string session, string context) : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> complaints = [], requests = [];

    /// <summary>Errors and warnings on the console, exceptions that nobody caught, dialogs.</summary>
    public IReadOnlyCollection<string> Complaints => complaints;

    public IReadOnlyCollection<string> Requests => requests;

    public async ValueTask DisposeAsync() => await browser.SendAsync("Target.disposeBrowserContext", new() { ["browserContextId"] = context }, null);

    public Task<JsonNode> SendAsync(string method, JsonObject? parameters = null) => browser.SendAsync(method, parameters ?? [], session);

    public Task GoAsync(Uri url) => SendAsync("Page.navigate", new() { ["url"] = url.AbsoluteUri });

    /// <summary>The value of an expression, which may be a promise.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression)
    {
        JsonNode told = await SendAsync("Runtime.evaluate", new() { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true });
        return told["exceptionDetails"] is { } failure ? throw new InvalidOperationException($"{expression}: {failure.ToJsonString()}") : told["result"]!["value"];
    }

    public async Task<string> TextAsync(string selector) => (string)(await EvaluateAsync($"document.querySelector({Quote(selector)})?.innerText ?? ''"))!;

    /// <summary>Waits until an expression is true.</summary>
    public async Task UntilAsync(string expression)
    {
        long began = Stopwatch.GetTimestamp();
        while (!(await EvaluateAsync($"!!({expression})"))!.GetValue<bool>())
        {
            if (Stopwatch.GetElapsedTime(began) > Chromium.Patience) Assert.Fail($"not in time: {expression}\n{string.Join('\n', complaints)}\n{await EvaluateAsync("document.body.innerText")}");
            await Task.Delay(20);
        }
    }

    /// <summary>Waits until the page shows a text somewhere.</summary>
    public Task UntilShownAsync(string text) => UntilAsync($"document.body.innerText.includes({Quote(text)})");

    public Task UntilLiveAsync() => UntilAsync("document.readyState === 'complete' && document.querySelector('#live.on') && document.querySelector('#totals div') && document.querySelector('#found').textContent !== ''");

    /// <param name="theme">light or dark.</param>
    public async Task LookAsync(int width, int height, string theme)
    {
        await SendAsync("Emulation.setDeviceMetricsOverride", new() { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = width < 600 });
        await SendAsync("Emulation.setEmulatedMedia", new() { ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = theme }) });
    }

    public async Task PressAsync(string key, int code)
    {
        foreach (string type in (string[])["rawKeyDown", "keyUp"])
            await SendAsync("Input.dispatchKeyEvent", new() { ["type"] = type, ["key"] = key, ["code"] = key, ["windowsVirtualKeyCode"] = code });
    }

    public Task TypeAsync(string text) => SendAsync("Input.insertText", new() { ["text"] = text });

    /// <summary>The whole page as a picture in the tests' output, and its upper part as a small one beside it.</summary>
    public async Task<string> PictureAsync(string name)
    {
        JsonNode size = (await SendAsync("Page.getLayoutMetrics"))["cssContentSize"]!;
        await TakeAsync(name + ".webp", new() { ["format"] = "webp", ["quality"] = 60 }, size, Math.Min(1320, (double)size["height"]!));
        return await TakeAsync(name + ".png", new() { ["format"] = "png" }, size, (double)size["height"]!);
    }

    private async Task<string> TakeAsync(string name, JsonObject form, JsonNode size, double height)
    {
        string file = Path.Combine(AppContext.BaseDirectory, "ui-pictures", name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        form["captureBeyondViewport"] = true;
        form["clip"] = new JsonObject { ["x"] = 0, ["y"] = 0, ["width"] = (double)size["width"]!, ["height"] = height, ["scale"] = 1 };
        await File.WriteAllBytesAsync(file, Convert.FromBase64String((string)(await SendAsync("Page.captureScreenshot", form))["data"]!));
        return file;
    }

    public void Take(string method, JsonNode told)
    {
        switch (method)
        {
            case "Network.requestWillBeSent":
                requests.Enqueue((string)told["request"]!["url"]!);
                break;
            case "Runtime.exceptionThrown":
                complaints.Enqueue(told["exceptionDetails"]!.ToJsonString());
                break;
            case "Runtime.consoleAPICalled" when (string)told["type"]! is "error" or "warning" or "assert":
                complaints.Enqueue(told["args"]!.ToJsonString());
                break;
            case "Log.entryAdded" when (string)told["entry"]!["level"]! is "error" or "warning":
                complaints.Enqueue(told["entry"]!.ToJsonString());
                break;
            case "Page.javascriptDialogOpening":
                complaints.Enqueue($"a dialog: {told["message"]}");
                break;
        }
    }

    private static string Quote(string text) => JsonValue.Create(text).ToJsonString();
}
