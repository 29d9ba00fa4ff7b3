using System.Text.RegularExpressions;

namespace LbSpeaker.Commands;

/// <summary>
/// How this program was called: by its own name, or by kubectl, which runs <c>kubectl-lbspeaker</c> for <c>kubectl lbspeaker</c> and <c>kubectl_complete-lbspeaker</c> where it is asked how
/// a line of that could go on. Links of these names to the one binary are all that it takes.
/// </summary>
/// <param name="Words">What a person types.</param>
/// <param name="Completes">It is asked for completions, whatever the arguments.</param>
internal sealed record CalledAs(string Words, bool Completes = false)
{
    public static CalledAs Itself { get; } = new("lbspeaker");

    /// <param name="program">argv[0].</param>
    public static CalledAs Of(string? program) => Path.GetFileName(program) switch
    {
        "kubectl-lbspeaker" => new("kubectl lbspeaker"),
        "kubectl_complete-lbspeaker" => new("kubectl lbspeaker", Completes: true),
        _ => Itself,
    };

    /// <summary>A text that says <c>lbspeaker plan</c>, as this caller would type it.</summary>
    /// <param name="verbs">The words that may follow the name.</param>
    public string Spell(string text, IEnumerable<string> verbs) =>
        this == Itself ? text : Regex.Replace(text, $@"(?<![\w/.\-]|kubectl )lbspeaker(?= (?:{string.Join('|', verbs.Select(Regex.Escape))}|--help)\b| \[command\])", Words, RegexOptions.CultureInvariant);
}
