using System.Diagnostics;
using LbSpeaker.Lab.Tests.Server;
using LbSpeaker.Tests.Lab;

namespace LbSpeaker.Tests.Controller;

/// <summary>What people see of the controller's and the speakers' work with the real kubectl, a present one and Debian's 1.20.</summary>
public sealed class KubectlTests
{
    [KubectlFact]
    public Task The_machines_own() => PeopleSeeAsync("kubectl");

    [OldKubectlFact]
    public Task Debians_1_20() => PeopleSeeAsync(Kubectl.Old!);

    [KubectlFact]
    public async Task A_present_one_waits_for_a_path_in_the_status()
    {
        await using LabCluster lab = await StartAsync();
        await using Kubectl kubectl = Kubectl.For(lab.Server);
        // Before 1.23 it waits for conditions alone.
        if (!(await kubectl.OkAsync("wait", "--help")).Contains("jsonpath", StringComparison.Ordinal)) return;
        using Process waiting = kubectl.Start("wait", "svc/web", "--for=jsonpath={.status.loadBalancer.ingress[0].ip}=192.0.2.10", "--timeout=30s");
        lab.StartController("controller");
        Assert.Equal("service/web condition met\n", await waiting.StandardOutput.ReadToEndAsync().WaitAsync(LabCluster.Patience));
    }

    private static async Task PeopleSeeAsync(string binary)
    {
        await using LabCluster lab = await StartAsync();
        lab.Clock.Rate = 1;
        await using Kubectl kubectl = Kubectl.For(lab.Server, binary);
        using Process watching = kubectl.Start("get", "svc", "web", "-w");
        using CancellationTokenSource patience = new(LabCluster.Patience);
        Assert.Matches("NAME +TYPE +CLUSTER-IP +EXTERNAL-IP", await watching.StandardOutput.ReadLineAsync(patience.Token));
        Assert.Matches("web +LoadBalancer +10\\.96\\.[0-9.]+ +<pending>", await watching.StandardOutput.ReadLineAsync(patience.Token));
        using Process waiting = kubectl.Start("wait", "svc/web", "--for=condition=lbspeaker.io/Allocated", "--timeout=30s");

        lab.StartController("controller");
        Assert.Matches("web +LoadBalancer +10\\.96\\.[0-9.]+ +192\\.0\\.2\\.10 ", await watching.StandardOutput.ReadLineAsync(patience.Token));
        watching.Kill();
        Assert.Equal("service/web condition met\n", await waiting.StandardOutput.ReadToEndAsync(patience.Token));
        LabSpeaker n1 = lab.StartSpeaker("n1");
        Assert.Equal("service/web condition met\n", await kubectl.OkAsync("wait", "svc/web", "--for=condition=lbspeaker.io/Announced", "--timeout=30s"));

        await lab.UntilAsync("the last event", () => lab.EventsOf("web").Count == 2);
        string described = await kubectl.OkAsync("describe", "svc", "web");
        Assert.Matches("LoadBalancer Ingress: +192\\.0\\.2\\.10", described);
        Assert.Matches("Normal +IPAllocated +.* metallb-controller +Assigned IP 192\\.0\\.2\\.10 from lan", described);
        Assert.Matches("Normal +nodeAssigned +.* metallb-speaker +announcing from node \"n1\" with protocol \"layer2\"", described);
        Assert.Matches("metallb.io/ip-allocated-from-pool: lan", described);

        Assert.Matches("n1 +web +default", await kubectl.OkAsync("get", "servicel2statuses", "-n", "lbspeaker-system"));
        string pool = await kubectl.OkAsync("describe", "ipaddresspool", "lan", "-n", "lbspeaker-system");
        Assert.Matches("(?i)assigned ?ip ?v4: +1", pool);
        Assert.Matches("(?i)held:\\s+address: +192\\.0\\.2\\.10\\s+service: +default/web\\s+held ?total: +1\\s", pool);
        Assert.Matches("(?i)state: +Ready", pool);
        string advertisement = await kubectl.OkAsync("describe", "l2advertisement", "all", "-n", "lbspeaker-system");
        Assert.Matches("(?i)addresses:\\s+address: +192\\.0\\.2\\.10\\s+service: +default/web\\s+addresses ?total: +1\\s", advertisement);
        Assert.Matches("(?i)nodes:\\s+n1\\s+nodes ?total: +1\\s+pools:\\s+lan\\s+pools ?total: +1\\s", advertisement);
        Assert.Matches("controller +Valid", await kubectl.OkAsync("get", "configurationstates", "-n", "lbspeaker-system"));

        n1.Announcer.SetInterfaces();
        await lab.UntilConditionAsync("web", "Announced", "False NoInterface");
        await lab.UntilAsync("the last event", () => lab.EventsOf("web").Count == 3);
        Assert.Matches("Warning +announceFailed +.* metallb-speaker +192\\.0\\.2\\.10 is not announced: no interface of node n1 can answer ARP", await kubectl.OkAsync("describe", "svc", "web"));
    }

    private static async Task<LabCluster> StartAsync()
    {
        LabCluster lab = await LabCluster.StartAsync();
        await lab.ApplyAsync(
            Objects.Pool("lan", "192.0.2.10-192.0.2.19"), Objects.Advertisement("all"), Objects.Node("n1"), Objects.Service("web"), Objects.Slice("web", "n1"));
        return lab;
    }
}
