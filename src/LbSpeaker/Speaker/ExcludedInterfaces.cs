using LbSpeaker.Layer2;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace LbSpeaker.Speaker;

/// <summary>Reads the file of excluded interfaces, in MetalLB's form: <c>announcedInterfacesToExclude</c>, a list of regular expressions.</summary>
internal static class ExcludedInterfaces
{
    private const string Field = "announcedInterfacesToExclude";

    /// <exception cref="StartException">The file is there and cannot be understood.</exception>
    public static Layer2Options Read(string? file)
    {
        if (file is null || !File.Exists(file)) return new Layer2Options();
        try
        {
            YamlStream yaml = new();
            using (StreamReader reader = File.OpenText(file)) yaml.Load(reader);
            if (yaml.Documents is not [{ RootNode: YamlMappingNode root }, ..] || !root.Children.TryGetValue(new YamlScalarNode(Field), out YamlNode? node) || node is not YamlSequenceNode list)
                throw new StartException($"{file}: expected {Field}, a list of regular expressions");
            return new Layer2Options { ExcludedInterfaces = Layer2Options.Join(list.Select(n => ((YamlScalarNode)n).Value ?? "")) };
        }
        catch (Exception failure) when (failure is YamlException or IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException or InvalidCastException)
        {
            throw new StartException($"{file}: {failure.Message}; expected {Field}, a list of regular expressions");
        }
    }
}
