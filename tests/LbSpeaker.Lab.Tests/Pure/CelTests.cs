using System.Text.Json.Nodes;
using LbSpeaker.Lab.Api.Cel;

namespace LbSpeaker.Lab.Tests.Pure;

public sealed class CelTests
{
    public static TheoryData<string, int> Table => Cases.Of("cel.json");

    [Theory]
    [MemberData(nameof(Table))]
    public void An_expression_comes_to_its_value_or_its_error(string file, int index)
    {
        var c = Cases.Get(file, index);
        var rule = (string)c["rule"]!;
        if (c["compileError"] is { } refusal)
        {
            Assert.Equal((string?)refusal, Assert.Throws<CelException>(() => CelProgram.Compile(rule)).Message);
            return;
        }
        var program = CelProgram.Compile(rule);
        if (c["error"] is { } error)
            Assert.Equal((string?)error, Assert.Throws<CelEvaluationException>(() => program.Evaluate(c["self"], c["old"])).Message);
        else
            Cases.Equal(c["result"], ToJson(program.Evaluate(c["self"], c["old"])), c);
    }

    [Theory]
    [InlineData("self == oldSelf", true)]
    [InlineData("self.oldSelf == 1", false)]
    [InlineData("self.all(x, oldSelf.exists(y, x == y))", true)]
    public void A_rule_that_names_oldSelf_is_a_transition_rule(string rule, bool expected) =>
        Assert.Equal(expected, CelProgram.Compile(rule).UsesOldSelf);

    private static JsonNode? ToJson(object? value) => value switch
    {
        IReadOnlyList<object?> list => new JsonArray([.. list.Select(ToJson)]),
        bool b => b,
        long n => n,
        string s => s,
        _ => throw new ArgumentException($"{value} is not among the results of the table"),
    };
}
