using System.Net;
using System.Text.Json.Nodes;
using LbSpeaker.Http;
using LbSpeaker.Kubernetes;
using LbSpeaker.Kubernetes.Client;
using LbSpeaker.Tests.Lab;
using LbSpeaker.Ui;

namespace LbSpeaker.Tests.Ui.Browser;

/// <summary>The page as people have it before them: a real browser, the real server. Pictures of it are left in the tests' output, in ui-pictures.</summary>
public sealed class PageTests(Chromium browser) : IClassFixture<Chromium>
{
    private const int Tab = 9, Enter = 13;

    [ChromiumFact]
    public async Task It_shows_a_sample_without_a_complaint_and_asks_nobody_else()
    {
        await using Served served = new(UiViews.Directory(Repository.PathOf("samples", "shared-ip")));
        await using Page page = await browser.OpenAsync();
        await page.GoAsync(served.Url);
        await page.UntilLiveAsync();

        await page.UntilShownAsync("192.0.2.53");
        Assert.Contains("1 to 3 of 3 Services", await page.TextAsync("#found"), StringComparison.Ordinal);
        Assert.Equal(["/", "/events", "/icon.svg", "/services.json?find=&from=0", "/ui.css", "/ui.js"], page.Requests.Select(r => new Uri(r).PathAndQuery).Distinct().Order(StringComparer.Ordinal));
        Assert.All(page.Requests, r => Assert.Equal(served.Url.Authority, new Uri(r).Authority));
        Assert.Empty(page.Complaints);
    }

    [ChromiumFact]
    public async Task Hostile_names_are_text()
    {
        await using Served served = new(UiViews.Directory(UiViews.Case("hostile")));
        await using Page page = await browser.OpenAsync();
        await page.GoAsync(served.Url);
        await page.UntilLiveAsync();

        foreach (string text in (string[])["<img src=x onerror=alert(1)>", "</script><script>alert(2)</script>", "javascript:alert(4)/\"><svg onload=alert(3)>", "<style>*{display:none}</style>\uFFFD\uFFFD\uFFFD"])
            await page.UntilShownAsync(text);
        Assert.Equal(0, (int)(await page.EvaluateAsync("document.querySelectorAll('body script, body img, body svg, body style, body [onload], body [onerror], main a[href]').length"))!);
        Assert.False((bool)(await page.EvaluateAsync("/[\\u202e\\u0000]/.test(document.body.innerText)"))!);
        // Whatever slipped through would be stopped here.
        Assert.Equal("TypeError", (string?)await page.EvaluateAsync("(() => { try { document.body.innerHTML = '<b>x</b>'; return ''; } catch (e) { return e.name; } })()"));
        Assert.DoesNotContain(page.Complaints, c => !c.Contains("TrustedHTML", StringComparison.Ordinal));
    }

    [ChromiumFact]
    public async Task A_changed_directory_is_shown_and_does_not_disturb_who_types()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("lbspeaker-ui-");
        string file = Path.Combine(folder.FullName, "cluster.yaml");
        File.Copy(Path.Combine(UiViews.Case("busy"), "cluster.yaml"), file);
        await using (Served served = new(UiViews.Directory(folder.FullName)))
        await using (Page page = await browser.OpenAsync())
        {
            await page.GoAsync(served.Url);
            await page.UntilLiveAsync();
            await page.EvaluateAsync("document.querySelector('#find').focus()");
            await page.TypeAsync("brand");
            await page.UntilAsync("document.querySelector('#found').textContent === 'no Service'");

            await File.AppendAllTextAsync(file, "---\n{apiVersion: v1, kind: Service, metadata: {name: brand-new, namespace: shop}, spec: {type: LoadBalancer, clusterIPs: [10.96.0.99], ports: [{port: 1}]}, status: {loadBalancer: {ingress: [{ip: 198.51.100.77}]}}}\n");
            await page.UntilShownAsync("shop/brand-new");
            await page.UntilAsync("document.querySelector('#found').textContent === '1 to 1 of 1 Service'");
            Assert.Equal("find brand", (string?)await page.EvaluateAsync("document.activeElement.id + ' ' + document.activeElement.value"));

            await File.WriteAllTextAsync(file, "{half: ");
            await page.UntilAsync("!document.querySelector('#banner').hidden");
            Assert.Contains("cluster.yaml:2", await page.TextAsync("#banner"), StringComparison.Ordinal);
            Assert.Contains("node-a", await page.TextAsync("#map"), StringComparison.Ordinal);
            Assert.Empty(page.Complaints);
        }
        folder.Delete(recursive: true);
    }

    [ChromiumFact]
    public async Task A_cluster_is_followed_as_it_changes()
    {
        await using LabCluster lab = await LabCluster.StartAsync();
        await lab.ApplyAsync(Objects.Pool("lan", "192.0.2.10-192.0.2.11"), Objects.Advertisement("all"), Objects.Node("n1"), Objects.Service("web"), Objects.Slice("web", "n1"));
        using KubernetesMetrics metrics = new();
        using HttpClient client = new();
        using KubernetesApi api = new(client, lab.Server.BaseAddress, null, TimeProvider.System, metrics);
        ClusterUi cluster = new(api, "lbspeaker-system", ["lbspeaker-system"], null, false, metrics);
        await using Served served = new(cluster, cluster.RunAsync);
        await using Page page = await browser.OpenAsync();
        await page.GoAsync(served.Url);

        // Nobody has written the address yet: it is not shown as held.
        await page.UntilAsync("document.querySelector('#troubled')?.innerText.includes('its status does not say so yet')");
        lab.StartController("controller");
        LabSpeaker n1 = lab.StartSpeaker("n1");
        await page.UntilAsync("document.querySelector('#services-rows')?.innerText.includes('Announced')");
        await page.UntilAsync("document.querySelector('#moments').innerText.includes('n1 announces default/web')");
        n1.Announcer.SetInterfaces();
        await page.UntilAsync("document.querySelector('#troubled').innerText.includes('NoInterface')");
        await page.UntilAsync("document.querySelector('#moments').innerText.includes('n1 cannot announce 192.0.2.10 of default/web')");
        await lab.ApplyAsync(Objects.Service("second"), Objects.Service("third"));
        await page.UntilAsync("document.querySelector('#troubled').innerText.includes('NoAvailableIPs')");
        Assert.Contains(lab.ConditionOf("third", "Allocated").Split(": ", 2)[1], await page.TextAsync("#troubled"), StringComparison.Ordinal);
        Assert.Empty(page.Complaints);
    }

    [ChromiumFact]
    public async Task A_lost_connection_is_said_and_made_again()
    {
        IUiSource source = UiViews.Directory(UiViews.Case("busy"));
        await using Page page = await browser.OpenAsync();
        Uri url;
        await using (Served served = new(source))
        {
            url = served.Url;
            await page.GoAsync(url);
            await page.UntilLiveAsync();
        }
        await page.UntilAsync("document.querySelector('#live').innerText.includes('not live since')");
        Assert.Contains("node-a", await page.TextAsync("#map"), StringComparison.Ordinal);
        await using Served again = new(source, port: url.Port);
        await page.UntilAsync("document.querySelector('#live.on')");
    }

    [ChromiumFact]
    public async Task The_keyboard_reaches_everything_and_shows_where_it_is()
    {
        await using Served served = new(new GivenSource(new(UiViews.Many(120, 3), "")));
        await using Page page = await browser.OpenAsync();
        await page.GoAsync(served.Url);
        await page.UntilLiveAsync();
        string[] wanted = [.. (await page.EvaluateAsync("[...document.querySelectorAll('a[href], button:not(:disabled), input, summary, [tabindex=\"0\"]')].filter(e => e.checkVisibility()).map(e => e.id || e.textContent)"))!.AsArray().Select(n => (string)n!)];
        List<string> reached = [];
        for (int i = 0; i < 2 * wanted.Length && !wanted.All(reached.Contains); i++)
        {
            await page.PressAsync("Tab", Tab);
            reached.Add((string)(await page.EvaluateAsync("document.activeElement.id || document.activeElement.textContent"))!);
            Assert.Equal("solid", (string?)await page.EvaluateAsync("getComputedStyle(document.activeElement).outlineStyle"));
            Assert.True((bool)(await page.EvaluateAsync("(r => r.width > 0 && r.right > 0 && r.bottom > 0)(document.activeElement.getBoundingClientRect())"))!, reached[^1]);
        }
        Assert.Equal(wanted.Order(StringComparer.Ordinal), reached.Distinct().Where(wanted.Contains).Order(StringComparer.Ordinal));
        Assert.Equal("Skip to content", reached[0]);
        Assert.Contains("next", reached);

        await page.EvaluateAsync("document.querySelector('#next').focus()");
        await page.SendAsync("Input.dispatchKeyEvent", new() { ["type"] = "keyDown", ["key"] = "Enter", ["code"] = "Enter", ["text"] = "\r", ["windowsVirtualKeyCode"] = Enter });
        await page.UntilAsync("document.querySelector('#found').textContent === '51 to 100 of 120 Services'");
        await page.EvaluateAsync("document.querySelector('summary').focus()");
        await page.SendAsync("Input.dispatchKeyEvent", new() { ["type"] = "keyDown", ["key"] = "Enter", ["code"] = "Enter", ["text"] = "\r", ["windowsVirtualKeyCode"] = Enter });
        await page.UntilAsync("document.querySelector('details').open && document.querySelector('#nodes-rows').innerText.includes('node-000')");
    }

    [ChromiumFact]
    public async Task It_is_whole_for_those_who_listen()
    {
        await using Served served = new(UiViews.Directory(UiViews.Case("busy")));
        await using Page page = await browser.OpenAsync();
        await page.GoAsync(served.Url);
        await page.UntilLiveAsync();
        await page.EvaluateAsync("document.querySelector('details').open = true");
        foreach (int width in (int[])[1280, 360])
        {
            await page.LookAsync(width, 800, "light");
            JsonNode[] nodes = [.. (await page.SendAsync("Accessibility.getFullAXTree"))["nodes"]!.AsArray().Select(n => n!).Where(n => !(bool)n["ignored"]!)];
            ILookup<string, string> named = nodes.ToLookup(n => (string)n["role"]!["value"]!, n => (string?)n["name"]?["value"] ?? "");
            foreach (string landmark in (string[])["banner", "navigation", "main", "contentinfo"]) Assert.Single(named[landmark]);
            foreach (string role in (string[])["link", "button", "searchbox", "table", "columnheader", "heading", "region", "navigation", "DisclosureTriangle"])
                Assert.All(named[role], name => Assert.True(name.Trim().Length > 0, $"a {role} without a name at {width}"));
            Assert.Equal(4, named["table"].Count());
            Assert.Equal(22, named["columnheader"].Count());
            Assert.True(named["cell"].Count() > 200, $"{named["cell"].Count()} cells at {width}");
            Assert.Contains("office/printer-1", named["StaticText"]);
        }
        Assert.Equal("en", (string?)await page.EvaluateAsync("document.documentElement.lang"));
        // One h1, and no level is passed over.
        int[] levels = [.. (await page.EvaluateAsync("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])"))!.AsArray().Select(l => (int)l!)];
        Assert.Equal(1, levels.Count(l => l == 1));
        Assert.All(levels.Skip(1).Zip(levels), l => Assert.True(l.First <= l.Second + 1));
        Assert.Empty((await page.EvaluateAsync("(ids => ids.filter((id, i) => ids.indexOf(id) !== i))([...document.querySelectorAll('[id]')].map(e => e.id))"))!.AsArray());
        // What is spoken by itself is short and is not the data.
        Assert.Equal("banner found live news", (string?)await page.EvaluateAsync("[...document.querySelectorAll('[role=status],[role=alert],[aria-live]')].map(e => e.id).sort().join(' ')"));
        // Every standing has a word beside its colour.
        Assert.True((bool)(await page.EvaluateAsync("[...document.querySelectorAll('.badge')].every(b => /[A-Za-z]{4}/.test(b.textContent))"))!);
    }

    [ChromiumFact]
    public async Task Its_texts_stand_out_in_both_themes_and_pictures_of_it_are_taken()
    {
        await using Served served = new(UiViews.Directory(UiViews.Case("busy")));
        await using Page page = await browser.OpenAsync();
        await page.GoAsync(served.Url);
        await page.UntilLiveAsync();
        foreach (string theme in (string[])["light", "dark"])
            foreach (int width in (int[])[1280, 360])
            {
                await page.LookAsync(width, 900, theme);
                // WCAG 2.2, 1.4.3: 4.5 to 1.
                Assert.Equal([], (await page.EvaluateAsync(Contrasts))!.AsArray().Select(n => (string)n!));
                int wide = (int)(await page.EvaluateAsync("document.documentElement.scrollWidth"))!;
                Assert.True(wide <= width, $"{wide} wide at {width}");
                Assert.True(new FileInfo(await page.PictureAsync($"{theme}-{width}")).Length > 20_000);
            }
        Assert.Empty(page.Complaints);
    }

    [ChromiumFact]
    public async Task Ten_thousand_Services_are_no_burden()
    {
        await using Served served = new(new GivenSource(new(UiViews.Many(10_000, 100), "")));
        await using Page page = await browser.OpenAsync();
        await page.GoAsync(served.Url);
        await page.UntilLiveAsync();
        Assert.Equal("1 to 50 of 10,000 Services", await page.TextAsync("#found"));
        Assert.Contains("more are left out", await page.TextAsync("#troubled-count"), StringComparison.Ordinal);
        int elements = (int)(await page.EvaluateAsync("document.querySelectorAll('*').length"))!;
        Assert.True(elements < 6000, $"{elements} elements");
        await page.EvaluateAsync("document.querySelector('#find').focus()");
        await page.TypeAsync("service-09999");
        await page.UntilAsync("document.querySelector('#found').textContent === '1 to 1 of 1 Service'");
        await page.LookAsync(1280, 900, "light");
        await page.PictureAsync("many");
        Assert.Empty(page.Complaints);
    }

    /// <summary>Texts whose colour is too near to what is behind them, each with its ratio.</summary>
    private const string Contrasts = """
        (() => {
          const read = color => color.match(/[\d.]+/g).map(Number);
          const linear = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
          const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
          const behind = element => {
            for (let e = element; e; e = e.parentElement) {
              const [r, g, b, a = 1] = read(getComputedStyle(e).backgroundColor);
              if (a === 1) return [r, g, b];
            }
            return [255, 255, 255];
          };
          const poor = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const element = walker.currentNode.parentElement;
            if (!walker.currentNode.textContent.trim() || !element.checkVisibility() || element.closest(':disabled, script, noscript')) continue;
            const [a, b] = [luminance(read(getComputedStyle(element).color)), luminance(behind(element))], ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${element.className} ${walker.currentNode.textContent}`);
          }
          return poor;
        })()
        """;

    /// <summary>A server with a page, until it is disposed.</summary>
    private sealed class Served : IAsyncDisposable
    {
        private readonly CancellationTokenSource stop = new();
        private readonly UiBoard board;
        private readonly HttpServer server;
        private readonly Task[] running;

        public Served(IUiSource source, Func<CancellationToken, Task>? beside = null, int port = 0)
        {
            board = new(source, TimeProvider.System);
            server = UiServer.Open(new(IPAddress.Loopback, port), "--listen", board, TimeProvider.System);
            Url = server.Url;
            running = [server.RunAsync(stop.Token), .. beside is null ? Array.Empty<Task>() : [beside(stop.Token)]];
        }

        public Uri Url { get; }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await Task.WhenAll(running).WaitAsync(Chromium.Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            server.Dispose();
            board.Dispose();
            stop.Dispose();
        }
    }
}
