using System.CommandLine;
using LbSpeaker.Bench.Figures;

namespace LbSpeaker.Bench;

internal static class ReportCommand
{
    public static Command Create()
    {
        Option<FileInfo> figures = new("--figures") { Description = "The file of figures and bars.", Required = true };
        Option<string[]> parts = new("--part") { Description = "A part whose figures are wanted; repeatable.", Required = true };
        Option<FileInfo> method = new("--method") { Description = "What stands above the table: machine, date, method." };
        Option<FileInfo> readme = new("--readme") { Description = $"The README whose section \"{Report.Heading[3..]}\" is to be replaced." };
        Argument<FileInfo> samples = new("samples") { Description = "What the parts printed." };
        Command command = new("report", "Makes the table. Exit code 1: some bar was missed.") { figures, parts, method, readme, samples };
        command.SetAction(parsed =>
        {
            string[] wanted = parsed.GetValue(parts)!;
            Report report = Report.Of(
                Figure.ReadAll(File.ReadLines(parsed.GetValue(figures)!.FullName)).Where(f => wanted.Contains(f.Part)),
                Samples.Read(File.ReadLines(parsed.GetValue(samples)!.FullName)));
            string section = report.Markdown(parsed.GetValue(method) is { } file ? File.ReadAllText(file.FullName) : "");
            Console.Out.Write(section);
            Console.Error.WriteLine($"{report.Held} bars held, {report.Missed} missed, {report.Unmeasured} not measured");
            if (parsed.GetValue(readme) is { } target) File.WriteAllText(target.FullName, Report.PutInto(File.ReadAllText(target.FullName), section));
            return report.Missed == 0 ? 0 : 1;
        });
        return command;
    }
}
