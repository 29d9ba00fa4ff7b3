using LbSpeaker.Core.Config.Rules;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Config;

/// <summary>What is in force of one declaration, and the judgement over it.</summary>
/// <param name="InForce">Null where it is left out.</param>
internal readonly record struct Judged<T>(T? InForce, ConfigVerdict Verdict) where T : class;

/// <summary>Judges declarations of one kind, from the oldest on: in force as written, else in the last valid form, else not at all.</summary>
internal sealed class Judge
{
    private readonly UniqueNameRule names = new();

    /// <param name="read">Reads the declaration or its last valid form; what it finds wrong it adds to the faults.</param>
    /// <param name="check">Holds what was read against older objects; for the present form alone.</param>
    public Judged<TCompiled> Decide<TDeclaration, TCompiled>(
        TDeclaration declaration, TDeclaration? lastValid, Func<TDeclaration, Faults, TCompiled> read, Action<TCompiled, Faults>? check, Func<TCompiled?, IEnumerable<string>> warn)
        where TDeclaration : ConfigDeclaration where TCompiled : class
    {
        Faults faults = new(declaration.Meta);
        ShapeRule.Check(declaration.Meta, faults);
        names.Check(declaration.Meta, faults);
        TCompiled? inForce = read(declaration, faults);
        check?.Invoke(inForce, faults);
        ConfigStanding standing = ConfigStanding.Valid;
        if (faults.Any)
        {
            inForce = lastValid is null ? null : ReadLastValid(lastValid, read);
            standing = inForce is null ? ConfigStanding.LeftOut : ConfigStanding.LastValid;
        }
        return new(inForce, new(declaration.Meta, standing, faults.ToProblems(), warn(inForce).ToValueArray()));
    }

    private static TCompiled? ReadLastValid<TDeclaration, TCompiled>(TDeclaration lastValid, Func<TDeclaration, Faults, TCompiled> read)
        where TDeclaration : ConfigDeclaration where TCompiled : class
    {
        Faults faults = new(lastValid.Meta);
        ShapeRule.Check(lastValid.Meta, faults);
        TCompiled compiled = read(lastValid, faults);
        return faults.Any ? null : compiled;
    }
}
