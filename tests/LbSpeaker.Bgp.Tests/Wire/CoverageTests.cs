using LbSpeaker.Bgp.Wire;
using LbSpeaker.Bgp.Wire.Attributes;

namespace LbSpeaker.Bgp.Tests.Wire;

/// <summary>The tables of the codec are covered by cases, row by row: a new row without a case fails here.</summary>
public sealed class CoverageTests
{
    private static readonly string[] Findings = [.. HexCase.All.SelectMany(c => c.Findings)];

    [Fact]
    public void Every_attribute_has_a_case_for_each_way_to_fail()
    {
        foreach (AttributeRow row in AttributeTable.Rows)
        {
            Expect(row, "WrongFlags: TreatAsWithdraw");
            Assert.True(Findings.Any(f => IsMalformed(f, row)), $"{row.Name}: no case costs {row.Malformed}");
            if (row.Source != AttributeSource.Anybody) Expect(row, "NotFromThisPeer: DiscardAttribute");
            if (row.Presence != AttributePresence.Optional) Expect(row, "Missing: TreatAsWithdraw");
        }
    }

    private static void Expect(AttributeRow row, string fault) => Assert.True(Findings.Contains($"{row.Name} {fault}"), $"{row.Name}: no case has {fault}");

    private static bool IsMalformed(string finding, AttributeRow row) =>
        (finding.StartsWith($"{row.Name} WrongLength", StringComparison.Ordinal) || finding.StartsWith($"{row.Name} WrongValue", StringComparison.Ordinal))
        && finding.EndsWith($": {row.Malformed}", StringComparison.Ordinal);

    [Fact]
    public void Every_attribute_has_a_case_that_is_well() =>
        Assert.All(AttributeTable.Rows, row => Assert.Contains(HexCase.All, c => c.Findings.Count == 0 && c.Text?.Contains($"{row.Name} ", StringComparison.Ordinal) == true
            || c.Text?.Contains($"{row.Name};", StringComparison.Ordinal) == true));

    [Fact]
    public void Every_fault_and_every_action_has_a_case()
    {
        Assert.All(Enum.GetNames<AttributeFault>(), fault => Assert.Contains(Findings, f => f.Contains($" {fault}", StringComparison.Ordinal)));
        Assert.All(Enum.GetNames<ErrorAction>(), action => Assert.Contains(Findings, f => f.EndsWith($": {action}", StringComparison.Ordinal)));
    }

    /// <summary>All that the codec answers by itself; the session has the others.</summary>
    [Theory]
    [InlineData(NotificationError.ConnectionNotSynchronized)]
    [InlineData(NotificationError.BadMessageLength)]
    [InlineData(NotificationError.BadMessageType)]
    [InlineData(NotificationError.OpenUnspecific)]
    [InlineData(NotificationError.UnsupportedVersionNumber)]
    [InlineData(NotificationError.BadPeerAs)]
    [InlineData(NotificationError.BadBgpIdentifier)]
    [InlineData(NotificationError.UnsupportedOptionalParameter)]
    [InlineData(NotificationError.UnacceptableHoldTime)]
    [InlineData(NotificationError.MalformedAttributeList)]
    [InlineData(NotificationError.UnrecognizedWellKnownAttribute)]
    [InlineData(NotificationError.AttributeFlagsError)]
    [InlineData(NotificationError.AttributeLengthError)]
    [InlineData(NotificationError.InvalidOrigin)]
    [InlineData(NotificationError.InvalidNextHop)]
    [InlineData(NotificationError.OptionalAttributeError)]
    [InlineData(NotificationError.InvalidNetworkField)]
    [InlineData(NotificationError.MalformedAsPath)]
    [InlineData(NotificationError.InvalidRouteRefreshLength)]
    public void Every_error_that_the_codec_answers_has_a_case(NotificationError error) =>
        Assert.Contains(HexCase.All, c => c.Error?.Contains($" {error}", StringComparison.Ordinal) == true);
}
