using System.Text.RegularExpressions;
using LbSpeaker.Core.Reports;
using LbSpeaker.Testing;
using LbSpeaker.Ui;

namespace LbSpeaker.Tests.Ui;

/// <summary>The closed lists in the page's README are those of the code, and the page's script knows a sign for each.</summary>
public sealed class UiReadmeTests
{
    private static readonly RoomReadme Readme = new("LbSpeaker/Ui");
    private static readonly string Script = File.ReadAllText(Repository.PathOf("src", "LbSpeaker", "Ui", "Assets", "ui.js"));

    [Fact]
    public void Standings_and_ownerships()
    {
        Assert.Equal(Enum.GetNames<UiStanding>(), Readme.Names("### UiStanding"));
        Assert.Equal(Enum.GetNames<UiNodeStanding>(), Readme.Names("### UiNodeStanding"));
        Assert.Equal(Enum.GetNames<UiOwnership>(), Readme.Names("### UiOwnership"));
        foreach (string standing in Enum.GetNames<UiStanding>().Concat(Enum.GetNames<UiNodeStanding>())) Assert.Matches($@"\b{standing}: \['(ok|warn|bad|ice)', '. {standing}'\]", Script);
    }

    [Fact]
    public void Words_of_the_time_line()
    {
        EventReason[] events = [EventReason.NodeAssigned, EventReason.AddressConflict, EventReason.AnnounceFailed, EventReason.SessionUp, EventReason.SessionDown];
        string[] words = [.. events.Select(e => e.Text()), UiHistory.SpeakerLost, UiHistory.SpeakerLives];
        Assert.Equal(words, Readme.Names("## Where the time line comes from"));
        foreach (string word in words) Assert.Matches(new Regex($@"^  {word}: m =>", RegexOptions.Multiline), Script);
    }
}
