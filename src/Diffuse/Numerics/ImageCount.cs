using System.Globalization;

namespace Diffuse.Numerics;

/// <summary>A number of training images, as people write it: <c>64000</c>, <c>200k</c>, <c>1.5M</c>. Never negative.</summary>
public readonly record struct ImageCount(long Value) : IComparable<ImageCount>
{
    private const decimal Thousand = 1_000;
    private const decimal Million = 1_000_000;

    /// <exception cref="FormatException">Not a whole, non-negative number of images; the message says what is allowed.</exception>
    public static ImageCount Parse(string text)
    {
        var (digits, unit) = text switch
        {
            [.. var number, 'k' or 'K'] => (number, Thousand),
            [.. var number, 'M'] => (number, Million),
            _ => (text, 1),
        };
        var isNumber = decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count);
        return isNumber && count <= long.MaxValue / unit && count * unit % 1 == 0
            ? new ImageCount((long)(count * unit))
            : throw new FormatException("a number of images such as 64000, 200k or 1.5M");
    }

    /// <summary>The shortest exact form; <see cref="Parse"/> gives the same count back.</summary>
    public override string ToString() => Value switch
    {
        >= 1_000_000 when Value % 10_000 == 0 => Scaled(Million, "M"),
        >= 1_000 when Value % 100 == 0 => Scaled(Thousand, "k"),
        _ => Value.ToString(CultureInfo.InvariantCulture),
    };

    /// <inheritdoc/>
    public int CompareTo(ImageCount other) => Value.CompareTo(other.Value);

    private string Scaled(decimal unit, string suffix) => (Value / unit).ToString("0.##", CultureInfo.InvariantCulture) + suffix;
}
