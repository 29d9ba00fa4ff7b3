namespace LbSpeaker.Tests.Ui.Browser;

/// <summary>A test in a real browser; skipped, with the reason, where there is none. tools/test.sh installs it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ChromiumFactAttribute : FactAttribute
{
    public ChromiumFactAttribute() => Skip = Chromium.Found is null ? "chromium is missing (Debian's package chromium)" : null;
}
