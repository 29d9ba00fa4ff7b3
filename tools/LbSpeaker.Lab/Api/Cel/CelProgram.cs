using System.Text.Json.Nodes;

namespace LbSpeaker.Lab.Api.Cel;

/// <summary>
/// A compiled expression of the Common Expression Language, with what Kubernetes' validation rules use of it. A
/// function it does not know fails the compilation.
/// </summary>
public sealed class CelProgram
{
    private readonly CelNode _root;

    private CelProgram(CelNode root, bool usesOldSelf)
    {
        _root = root;
        UsesOldSelf = usesOldSelf;
    }

    /// <summary>A transition rule: it has a meaning only where there is an earlier value.</summary>
    public bool UsesOldSelf { get; }

    /// <exception cref="CelException">No CEL, or a name that is not known.</exception>
    public static CelProgram Compile(string expression)
    {
        var (root, used) = CelParser.Parse(expression, ["self", "oldSelf"]);
        return new CelProgram(root, used.Contains("oldSelf"));
    }

    /// <summary>The value as CEL's bool, int (long), double, string, list and so on.</summary>
    /// <exception cref="CelEvaluationException">The expression came to an error.</exception>
    public object? Evaluate(JsonNode? self, JsonNode? oldSelf = null) => Run(CelValue.From(self), CelValue.From(oldSelf));

    internal object? Run(object? self, object? oldSelf) =>
        CelEvaluator.Evaluate(_root, new CelScope("oldSelf", oldSelf, new CelScope("self", self, null)));
}
