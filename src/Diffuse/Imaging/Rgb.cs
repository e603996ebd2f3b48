using System.Globalization;

namespace Diffuse.Imaging;

/// <summary>An sRGB colour; black by default. Written <c>'#rrggbb'</c> or <c>'#rgb'</c>.</summary>
public readonly record struct Rgb(byte R, byte G, byte B)
{
    /// <summary>ITU-R BT.601 luma of the gamma-coded values, 0.299 R + 0.587 G + 0.114 B rounded; a grey keeps its value exactly.</summary>
    public static byte Luma(int r, int g, int b) => (byte)((19595 * r + 38470 * g + 7471 * b + 32768) >> 16);

    public byte ToGrey() => Luma(R, G, B);

    /// <exception cref="FormatException">Anything but a # and 3 or 6 hexadecimal digits.</exception>
    public static Rgb Parse(string text)
    {
        var digits = text.StartsWith('#') ? text[1..] : "";
        if (digits.Length == 3)
        {
            digits = string.Concat(digits.Select(c => new string(c, 2)));
        }

        return digits.Length == 6 && int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var rgb)
            ? new((byte)(rgb >> 16), (byte)(rgb >> 8), (byte)rgb)
            : throw new FormatException("a colour such as '#ffffff' or '#fff'");
    }

    public override string ToString() => $"#{R:x2}{G:x2}{B:x2}";
}
