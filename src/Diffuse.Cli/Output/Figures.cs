using System.Globalization;

namespace Diffuse.Cli.Output;

/// <summary>Numbers at the precision at which a person reads them.</summary>
internal static class Figures
{
    /// <summary>950, 12.8k, 1.25M.</summary>
    public static string Count(double count) => count switch
    {
        < 1e3 => Text(count, "0"),
        < 1e6 => Text(Floor(count / 1e3, 10), "0.#") + "k",
        _ => Text(Floor(count / 1e6, 100), "0.##") + "M",
    };

    /// <summary>45s, 14m, 2h 5m, 3d 4h.</summary>
    public static string Time(TimeSpan time) => time switch
    {
        { TotalSeconds: < 59.5 } => Text(time.TotalSeconds, "0") + "s",
        { TotalMinutes: < 59.5 } => Text(time.TotalMinutes, "0") + "m",
        { TotalHours: < 24 } => Two(time.TotalMinutes, 60, "h", "m"),
        _ => Two(time.TotalHours, 24, "d", "h"),
    };

    /// <summary>640 MB, 1.2 GB.</summary>
    public static string Bytes(long bytes) => bytes < 1e9 ? Text(bytes / 1e6, "0") + " MB" : Text(bytes / 1e9, "0.0") + " GB";

    /// <summary>Three significant digits, without an exponent where it is readable: 52, 5.21, 0.0412.</summary>
    public static string Rate(double rate) => rate switch
    {
        >= 99.95 => Text(rate, "0"),
        >= 9.995 => Text(rate, "0.#"),
        _ => rate.ToString("G3", CultureInfo.InvariantCulture),
    };

    private static string Two(double small, int per, string largeUnit, string smallUnit)
    {
        var rounded = (long)Math.Round(small);
        return string.Create(CultureInfo.InvariantCulture, $"{rounded / per}{largeUnit} {rounded % per}{smallUnit}");
    }

    /// <summary>Rounded down: 59,999 of 60,000 images is not yet 60k.</summary>
    private static double Floor(double value, int steps) => Math.Floor(value * steps) / steps;

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
