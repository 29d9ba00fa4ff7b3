namespace LbSpeaker.Lab.Api.Cel;

/// <summary>An expression that is no CEL, or uses what this evaluator does not know.</summary>
/// <param name="position">Offset into the expression, from 0.</param>
public sealed class CelException(string message, int position) : Exception($"{message} (at {position})")
{
    public int Position { get; } = position;
}

/// <summary>An evaluation that came to no value: a missing key, an overflow, a wrong operand.</summary>
public sealed class CelEvaluationException(string message) : Exception(message);
