namespace LbSpeaker.Testing;

/// <summary>The files of the repository that tests hold true.</summary>
public static class Repository
{
    public static string Root { get; } = Find();

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "LbSpeaker.sln"))) return directory.FullName;
        throw new InvalidOperationException("the tests run inside the repository");
    }
}
