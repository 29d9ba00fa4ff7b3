using LbSpeaker.Core.Allocation;
using LbSpeaker.Preview;

namespace LbSpeaker.Tests.Preview;

/// <summary>Each sample's plan.txt is what its manifests come to.</summary>
public sealed class SampleTests
{
    public static TheoryData<string> Samples() => [.. Directory.GetDirectories(Repository.PathOf("samples")).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_sample_comes_to_its_plan(string sample)
    {
        string directory = Repository.PathOf("samples", sample);
        PreviewInput input = PreviewInput.FromDirectory(directory, "lbspeaker-system", ["lbspeaker-system", "metallb-system"]);
        ClusterPreview preview = ClusterPreview.Of(input.Snapshot, null, ignoreExcludeLabel: false);

        Assert.Equal(File.ReadAllText(Path.Combine(directory, "plan.txt")), PlanText.Render(preview, input.Warnings));
        Assert.Equal(PlanJson.Render(preview), PlanJson.Render(ClusterPreview.Of(input.Snapshot, null, ignoreExcludeLabel: false)));
    }

    [Fact]
    public void There_are_samples_and_the_first_one_gives_both_families()
    {
        PreviewInput input = PreviewInput.FromDirectory(Repository.PathOf("samples", "layer2-basic"), "lbspeaker-system", ["lbspeaker-system"]);
        ServiceDecision web = Assert.Single(ClusterPreview.Of(input.Snapshot, null, false).Allocation.Services.Values);

        Assert.True(Samples().Count > 5);
        Assert.Equal(["192.0.2.10", "2001:db8::10"], web.Addresses.Select(a => a.ToString()));
    }
}
