using LbSpeaker.Core.Values;

namespace LbSpeaker.Kubernetes.Translation;

/// <summary>
/// Gathers what is wrong with the shape of one object, in words that start with the field's path.
/// </summary>
/// <param name="refusesUnknownFields">
/// True for documents a person wrote: a field that the kind does not have is a typing error. False for a live API server, which has pruned
/// them already, unless it is newer than we are, and then they are no fault.
/// </param>
/// <param name="hidesValues">The object holds secrets: what was found in place of the expected is not repeated.</param>
internal sealed class ShapeFaults(bool refusesUnknownFields, bool hidesValues = false)
{
    private List<string>? faults;

    public bool RefusesUnknownFields { get; } = refusesUnknownFields;

    public bool HidesValues { get; } = hidesValues;

    public void Add(string path, string fault) => (faults ??= []).Add($"{path}: {fault}");

    public ValueArray<string> ToValues() => faults is null ? [] : faults.ToValueArray();
}
