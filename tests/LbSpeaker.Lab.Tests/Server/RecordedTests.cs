using LbSpeaker.Lab.Api;
using Microsoft.Extensions.Time.Testing;

namespace LbSpeaker.Lab.Tests.Server;

/// <summary>The server answers as a real one did. What it answers differently is in <c>recorded/refused.txt</c>, each with the reason.</summary>
public class RecordedTests
{
    public static TheoryData<string> Files() => new(Recorded.Files());

    [Fact]
    public void There_are_recordings_and_every_refused_case_is_one_of_them()
    {
        var cases = Recorded.Files().SelectMany(Recorded.Load).Select(e => e.Id).ToHashSet();
        Assert.True(cases.Count > 300, $"only {cases.Count} recorded cases were found");
        Assert.Empty(Recorded.Refused().Keys.Except(cases));
        Assert.All(Recorded.Refused().Values, reason => Assert.NotEmpty(reason));
    }

    [Theory, MemberData(nameof(Files))]
    public async Task The_server_answers_as_the_recorded_one_did(string file)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = await ApiServer.StartAsync(Replay.Options(time), CancellationToken.None);
        using var replay = new Replay(server, time);
        foreach (var earlier in Recorded.Files().TakeWhile(f => f != file))
        {
            replay.NewFile();
            await EachAsync(earlier, s => !s.Only, replay, replay.StepAsync);
        }
        replay.NewFile();
        var refused = Recorded.Refused();
        var wrong = new List<string>();
        await EachAsync(file, _ => true, replay, async exchange =>
        {
            var difference = await replay.CompareAsync(exchange);
            if (difference is not null && !refused.ContainsKey(exchange.Id)) wrong.Add($"{exchange.Id} {exchange.Method} {exchange.Path}: {difference}");
            if (difference is null && refused.TryGetValue(exchange.Id, out var reason)) wrong.Add($"{exchange.Id} is answered as recorded, but listed as refused: {reason}");
        });
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    /// <summary>The exchanges of a file with the steps of its setup at their places.</summary>
    private static async Task EachAsync(string file, Func<Exchange, bool> wanted, Replay replay, Func<Exchange, Task> handle)
    {
        var steps = Recorded.Setup(file).Where(wanted).ToArray();
        foreach (var step in steps.Where(s => s.Before is null)) await replay.StepAsync(step);
        var exchanges = Recorded.Load(file);
        for (var i = 0; i < exchanges.Count; i++)
        {
            foreach (var step in steps.Where(s => s.Before == i)) await replay.StepAsync(step);
            await handle(exchanges[i]);
        }
    }
}
