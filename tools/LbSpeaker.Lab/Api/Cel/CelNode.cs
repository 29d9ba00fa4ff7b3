namespace LbSpeaker.Lab.Api.Cel;

/// <summary>A node of the syntax tree.</summary>
internal abstract record CelNode(int Position);

internal sealed record CelLiteral(object? Value, int Position) : CelNode(Position);

internal sealed record CelIdentifier(string Name, int Position) : CelNode(Position);

internal sealed record CelSelect(CelNode Target, string Field, int Position) : CelNode(Position);

internal sealed record CelHas(CelSelect Select, int Position) : CelNode(Position);

internal sealed record CelIndex(CelNode Target, CelNode Key, int Position) : CelNode(Position);

internal sealed record CelListNode(IReadOnlyList<CelNode> Items, int Position) : CelNode(Position);

internal sealed record CelMapNode(IReadOnlyList<(CelNode Key, CelNode Value)> Entries, int Position) : CelNode(Position);

internal sealed record CelUnary(string Operator, CelNode Operand, int Position) : CelNode(Position);

internal sealed record CelBinary(string Operator, CelNode Left, CelNode Right, int Position) : CelNode(Position);

internal sealed record CelConditional(CelNode Test, CelNode Then, CelNode Else, int Position) : CelNode(Position);

/// <param name="Function">The function, already resolved; a method has its target as the first argument.</param>
internal sealed record CelCall(CelFunction Function, IReadOnlyList<CelNode> Arguments, int Position) : CelNode(Position);

/// <param name="Kind">all, exists, exists_one, map or filter.</param>
/// <param name="Filter">Of the map macro with three arguments.</param>
internal sealed record CelMacro(string Kind, CelNode Range, string Variable, CelNode? Filter, CelNode Body, int Position) : CelNode(Position);
