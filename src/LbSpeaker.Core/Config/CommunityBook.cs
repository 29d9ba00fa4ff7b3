using LbSpeaker.Core.Config.Rules;
using LbSpeaker.Core.Net;
using LbSpeaker.Core.Values;

namespace LbSpeaker.Core.Config;

/// <summary>The aliases of one Community object.</summary>
internal sealed record CommunityAliases(ValueArray<KeyValuePair<string, Community>> Aliases);

/// <summary>Judges the Community objects and keeps what their aliases stand for. An alias stands once in all of them; of two objects the younger is at fault.</summary>
internal sealed class CommunityBook
{
    private readonly Judge judge = new();
    private readonly Dictionary<string, (Community Community, DeclarationMeta Meta)> aliases = new(StringComparer.Ordinal);

    public ConfigVerdict Add(CommunityDeclaration declaration)
    {
        Judged<CommunityAliases> judged = judge.Decide(declaration, declaration.LastValid, Read, Check, _ => []);
        foreach ((string name, Community community) in judged.InForce?.Aliases ?? []) aliases.TryAdd(name, (community, declaration.Meta));
        return judged.Verdict;
    }

    /// <summary>What is written in an advertisement: a community, or an alias of one. Null, and a fault, where it is neither.</summary>
    public Community? Resolve(string text, Faults faults)
    {
        if (aliases.TryGetValue(text, out (Community Community, DeclarationMeta) known)) return known.Community;
        if (!Community.LooksLikeOne(text)) faults.Add(ProblemReason.UnknownCommunity, $"communities: \"{text}\" is no community, and no Community object has it as an alias");
        else if (Community.TryParse(text, out Community community, out string error)) return community;
        else faults.Add(ProblemReason.InvalidCommunity, $"communities: {error}");
        return null;
    }

    private static CommunityAliases Read(CommunityDeclaration declaration, Faults faults)
    {
        Dictionary<string, Community> read = new(StringComparer.Ordinal);
        foreach (CommunityAliasDeclaration alias in declaration.Communities)
            if (!Community.TryParse(alias.Value, out Community community, out string error)) faults.Add(ProblemReason.InvalidCommunity, $"communities: {alias.Name}: {error}");
            else if (!read.TryAdd(alias.Name, community) && read[alias.Name] != community) faults.Add(ProblemReason.Duplicate, $"communities: duplicate definition of community {alias.Name} in one object");
        return new(read.ToValueArray());
    }

    private void Check(CommunityAliases read, Faults faults)
    {
        foreach ((string name, _) in read.Aliases)
            if (aliases.TryGetValue(name, out (Community, DeclarationMeta Meta) older))
                faults.Add(ProblemReason.Duplicate, $"communities: duplicate definition of community {name}: the older {older.Meta.Key} has it too");
    }
}
