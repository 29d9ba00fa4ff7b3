namespace LbSpeaker.Core.Values;

/// <summary>A text that nobody may see: it compares by content, and prints as <c>***</c> wherever it stands, in records and logs too.</summary>
public sealed class SecretText(string text) : IEquatable<SecretText>
{
    private readonly string text = text;

    /// <summary>For the one place that hands it to the kernel or to a computation.</summary>
    public string Reveal() => text;

    public bool Equals(SecretText? other) => other is not null && other.text == text;

    public override bool Equals(object? obj) => Equals(obj as SecretText);

    public override int GetHashCode() => text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => "***";
}
