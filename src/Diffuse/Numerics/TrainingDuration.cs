using System.Globalization;
using System.Text.RegularExpressions;

namespace Diffuse.Numerics;

/// <summary>
/// How long to train: a number of images (<c>200k</c>, <c>1.5M</c>) or a time (<c>25m</c>, <c>1h30m</c>, <c>90s</c>). Exactly one of the
/// two is set, and it is above zero. Case tells minutes from millions: <c>25m</c> is a time, <c>25M</c> a number of images.
/// </summary>
public readonly partial record struct TrainingDuration
{
    private const string Number = @"[0-9]{1,12}(\.[0-9]{1,7})?";

    private TrainingDuration(ImageCount? images, TimeSpan? time) => (Images, Time) = (images, time);

    public ImageCount? Images { get; }

    public TimeSpan? Time { get; }

    public static TrainingDuration Of(ImageCount images) =>
        images.Value > 0 ? new(images, null) : throw new ArgumentOutOfRangeException(nameof(images), images, "must be above 0");

    public static TrainingDuration Of(TimeSpan time) =>
        time >= TimeSpan.FromSeconds(1) ? new(null, time) : throw new ArgumentOutOfRangeException(nameof(time), time, "at least 1 s");

    /// <exception cref="FormatException">Neither a time nor a number of images, or zero; the message says what is allowed.</exception>
    public static TrainingDuration Parse(string text)
    {
        if (ParseTime(text) is { } time)
        {
            return Of(time);
        }

        try
        {
            return Of(ImageCount.Parse(text));
        }
        catch (Exception e) when (e is FormatException or ArgumentOutOfRangeException)
        {
            throw new FormatException("a time above 0 such as 25m, 1h30m or 90s, or a number of images above 0 such as 200k or 1.5M");
        }
    }

    /// <summary>A time of at least a second, as hours, minutes and seconds in this order, each at most once; null if it is none.</summary>
    public static TimeSpan? ParseTime(string text)
    {
        var match = HoursMinutesSeconds().Match(text);
        if (!match.Success)
        {
            return null;
        }

        var seconds = (Value("h") * 3600) + (Value("m") * 60) + Value("s");
        return seconds is >= 1 and <= int.MaxValue ? TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond)) : null;

        decimal Value(string unit) =>
            match.Groups[unit] is { Success: true, Value: var digits } ? decimal.Parse(digits, CultureInfo.InvariantCulture) : 0;
    }

    /// <summary>The form that <see cref="Parse"/> reads back to an equal duration.</summary>
    public override string ToString()
    {
        if (Time is not { } time)
        {
            return Images?.ToString() ?? "0";
        }

        var seconds = (decimal)(time.Ticks % TimeSpan.TicksPerMinute) / TimeSpan.TicksPerSecond;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Part((long)time.TotalHours, "h")}{Part(time.Minutes, "m")}{(seconds == 0 ? "" : $"{seconds:0.#######}s")}");

        static string Part(long value, string unit) => value == 0 ? "" : value.ToString(CultureInfo.InvariantCulture) + unit;
    }

    [GeneratedRegex($@"^(?=[0-9])((?<h>{Number})h)?((?<m>{Number})m)?((?<s>{Number})s)?\z", RegexOptions.ExplicitCapture)]
    private static partial Regex HoursMinutesSeconds();
}
