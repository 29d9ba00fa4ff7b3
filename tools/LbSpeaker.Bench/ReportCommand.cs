using System.CommandLine;
using LbSpeaker.Bench.Figures;

namespace LbSpeaker.Bench;

internal static class ReportCommand
{
    public static Command Create()
    {
        Option<FileInfo> figures = new("--figures") { Description = "The file of figures and bars.", Required = true };
        Option<string[]> parts = new("--part") { Description = "A part whose table is wanted; repeatable.", Required = true };
        Option<FileInfo> readme = new("--readme") { Description = $"The README in whose section \"{Readme.Heading[3..]}\" the tables of these parts are to be replaced." };
        Argument<DirectoryInfo> samples = new("samples") { Description = "The folder of what the parts printed, PART.txt, and of what stands above each table, PART.md: machine, date, commit, rounds." };
        Command command = new("report", "Makes the tables. Exit code 1: some bar was missed.") { figures, parts, readme, samples };
        command.SetAction(parsed =>
        {
            IReadOnlyList<Figure> all = Figure.ReadAll(File.ReadLines(parsed.GetValue(figures)!.FullName));
            string[] order = [.. all.Select(f => f.Part).Distinct()];
            FileInfo? target = parsed.GetValue(readme);
            string? text = target is null ? null : File.ReadAllText(target.FullName);
            bool isMissed = false;
            foreach (string part in parsed.GetValue(parts)!)
            {
                string stem = Path.Combine(parsed.GetValue(samples)!.FullName, part);
                Report report = Report.Of(all.Where(f => f.Part == part), Samples.Read(File.ReadLines(stem + ".txt")));
                string table = report.Markdown(File.ReadAllText(stem + ".md"));
                Console.Out.WriteLine($"{Readme.PartHeading(part)}\n\n{table}");
                Console.Error.WriteLine($"{part}: {report.Held} bars held, {report.Missed} missed, {report.Unmeasured} not measured");
                isMissed |= report.Missed > 0;
                if (text is not null) text = Readme.Put(text, part, table, order);
            }
            if (target is not null) File.WriteAllText(target.FullName, text);
            return isMissed ? 1 : 0;
        });
        return command;
    }
}
