using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace LbSpeaker.Kubernetes.Tests;

/// <summary>Cases as files: an input and, beside it, the text that it must come to.</summary>
internal static class Golden
{
    public static string CasesOf(string room) => Path.Combine(AppContext.BaseDirectory, "Cases", room);

    public static void Matches(string expectedFile, string actual)
    {
        // What it came to stands beside what was expected, for a look and for taking over by hand.
        File.WriteAllText(expectedFile + ".actual", actual);
        Assert.True(File.Exists(expectedFile), $"no file {expectedFile}; it should hold:\n{actual}");
        Assert.Equal(File.ReadAllText(expectedFile).ReplaceLineEndings("\n").TrimEnd(), actual.ReplaceLineEndings("\n").TrimEnd());
    }

    /// <summary>Every property that is not empty, one a line, deeper ones indented.</summary>
    public static string Describe(string title, object value)
    {
        StringBuilder text = new();
        Write(title, value, 0, text);
        return text.ToString();
    }

    private static void Write(string name, object? value, int depth, StringBuilder text)
    {
        if (value is null or "" or false or 0 or 0L or ICollection { Count: 0 }) return;
        string? plain = value switch
        {
            string s => s,
            DateTimeOffset time => time.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFZ", CultureInfo.InvariantCulture),
            IEnumerable and not IFormattable when !value.GetType().IsPrimitive => null,
            _ when value.GetType().IsPrimitive || value is Enum or TimeSpan or Core.Cluster.ObjectKey or Core.Net.IpAddress or Core.Values.LabelSet => string.Create(CultureInfo.InvariantCulture, $"{value}"),
            _ => null,
        };
        if (value is Core.Values.LabelSet labels) plain = labels.ToString();
        string indent = new(' ', depth * 2);
        if (plain is not null)
        {
            if (plain.Length > 0) text.Append(indent).Append(name).Append(": ").Append(plain).Append('\n');
            return;
        }
        if (value is IEnumerable items)
        {
            object?[] all = [.. items.Cast<object?>()];
            if (all.Length == 0) return;
            if (all.All(i => i is null or string or Enum))
            {
                text.Append(indent).Append(name).Append(": ").AppendJoin(" | ", all.Select(i => i ?? "-")).Append('\n');
                return;
            }
            text.Append(indent).Append(name).Append(":\n");
            foreach (object? item in all) Write("-", item, depth + 1, text);
            return;
        }
        text.Append(indent).Append(name).Append(":\n");
        foreach (PropertyInfo property in value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
            if (property.GetIndexParameters().Length == 0 && property.Name is not ("EqualityContract" or "ServiceKey"))
                Write(property.Name, property.GetValue(value), depth + 1, text);
    }
}
