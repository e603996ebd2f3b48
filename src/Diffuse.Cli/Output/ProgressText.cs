using System.Globalization;
using Diffuse.Training;

namespace Diffuse.Cli.Output;

/// <summary>One line of progress: with a bar on a terminal, without in a file.</summary>
internal static class ProgressText
{
    private const int BarWidth = 20;
    private const int RoomForBar = 110;

    /// <summary><c>images 12.8k/60k  step 200  loss 0.123  52 img/s  19.2 s/kimg  rss 1.2 GB  eta 14m</c>.</summary>
    public static string Of(TrainingProgress p)
    {
        List<string> parts = [$"images {Figures.Count(p.Images)}/{Figures.Count(p.Total)}", FormattableString.Invariant($"step {p.Step}")];
        if (p.Loss is { } loss)
        {
            parts.Add($"loss {Loss(loss)}");
        }

        if (p.ValidationLoss is { } held)
        {
            parts.Add($"held out {Loss(held)}");
        }

        parts.AddRange(
        [
            $"{Figures.Rate(p.ImagesPerSecond)} img/s",
            $"{Figures.Rate(p.SecondsPerKimg)} s/kimg",
            $"rss {Figures.Bytes(p.ResidentBytes)}",
            $"eta {Figures.Time(p.Remaining)}",
        ]);
        return string.Join("  ", parts);
    }

    /// <summary>The same with a bar in front, where the line has room for it.</summary>
    public static string Of(TrainingProgress p, int width) => width < RoomForBar ? Of(p) : $"{Bar(p.Images, p.Total)}  {Of(p)}";

    /// <summary><c>[########------------] images 32 of 64  eta 20s</c>.</summary>
    public static string Of(string what, long done, long total, TimeSpan elapsed)
    {
        var left = done == 0 ? "" : $"  eta {Figures.Time(elapsed * ((double)(total - done) / done))}";
        return FormattableString.Invariant($"{Bar(done, total)} {what} {done} of {total}{left}");
    }

    private static string Bar(long done, long total)
    {
        var full = (int)(BarWidth * done / Math.Max(total, 1));
        return $"[{new string('#', full)}{new string('-', BarWidth - full)}]";
    }

    private static string Loss(double loss) => loss.ToString("G4", CultureInfo.InvariantCulture);
}
