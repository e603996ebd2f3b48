using System.Globalization;

namespace Diffuse.Data;

/// <summary>
/// The size of the images that a model is trained on, in pixels: <c>64</c> for a square, <c>48x64</c> for height x width.
/// </summary>
public readonly record struct Resolution(int Height, int Width)
{
    private const int Largest = 4096;

    /// <exception cref="FormatException">The message says what is allowed.</exception>
    public static Resolution Parse(string text)
    {
        var sides = text.Split('x');
        return sides.Length is 1 or 2 && Side(sides[0]) is { } height && Side(sides[^1]) is { } width
            ? new(height, width)
            : throw new FormatException($"a side such as 64, or height x width such as 48x64, in pixels from 1 to {Largest}");
    }

    public override string ToString() => Height == Width ? $"{Height}" : $"{Height}x{Width}";

    private static int? Side(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var side) && side is > 0 and <= Largest ? side : null;
}
