namespace LbSpeaker.Bgp.Tests;

/// <summary>A text that must come out as a file of this project shows it.</summary>
internal static class Golden
{
    /// <param name="file">Below the tests' output. What it came to stands beside it afterwards, for a look and for taking over by hand.</param>
    public static void Matches(string file, string actual)
    {
        string path = Path.Combine(AppContext.BaseDirectory, file);
        File.WriteAllText(path + ".actual", actual);
        Assert.True(File.Exists(path), $"no file {path}; it should hold:\n{actual}");
        Assert.Equal(File.ReadAllText(path), actual);
    }
}
