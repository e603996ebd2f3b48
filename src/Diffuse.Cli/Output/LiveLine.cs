using System.Diagnostics;

namespace Diffuse.Cli.Output;

/// <summary>The last line of a terminal tells how far a job is; messages are written above it. Elsewhere there is none.</summary>
internal sealed class LiveLine(Terminal terminal)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.1);

    private readonly Lock gate = new();
    private readonly Stopwatch sinceShown = new();
    private string shown = "";

    /// <summary>At most ten times a second; what comes in between is not shown.</summary>
    public void Show(Func<int, string> text)
    {
        if (!terminal.IsLive || (sinceShown.IsRunning && sinceShown.Elapsed < Interval))
        {
            return;
        }

        lock (gate)
        {
            Draw(text(terminal.Width - 1));
            sinceShown.Restart();
        }
    }

    /// <summary>Writes whole lines above the live one.</summary>
    public void Above(Action<TextWriter> write)
    {
        lock (gate)
        {
            var line = shown;
            Draw("");
            write(terminal.Writer);
            Draw(line);
            terminal.Writer.Flush();
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            Draw("");
            sinceShown.Reset();
        }
    }

    private void Draw(string text)
    {
        if (text.Length + shown.Length > 0)
        {
            var line = text[..Math.Min(text.Length, terminal.Width - 1)];
            var erased = new string(' ', Math.Max(shown.Length - line.Length, 0));
            terminal.Writer.Write($"\r{line}{erased}{(line.Length == 0 ? "\r" : "")}");
            shown = line;
        }
    }
}
