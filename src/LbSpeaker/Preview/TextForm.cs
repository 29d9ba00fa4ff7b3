using System.Text;

namespace LbSpeaker.Preview;

/// <summary>How what a person reads is laid out, alike by every verb.</summary>
internal static class TextForm
{
    public static string Moment(DateTimeOffset time) => $"{time.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC";

    public static void AppendWarnings(this StringBuilder text, IEnumerable<string> warnings)
    {
        foreach (string warning in warnings) text.Append("warning: ").Append(warning).Append('\n');
    }

    /// <summary>A title, and below it a line for each item; nothing where there is none.</summary>
    public static void AppendSection<T>(this StringBuilder text, string title, IReadOnlyList<T> items, Func<T, string> line)
    {
        if (items.Count == 0) return;
        text.Append(title).Append('\n');
        foreach (T item in items) text.Append("  ").Append(line(item)).Append('\n');
    }
}
