using System.Buffers.Binary;
using System.Text;

namespace Diffuse.Imaging;

/// <summary>What a file is by its first bytes, whatever its name says.</summary>
internal enum ImageFormat
{
    Jpeg,
    Png,
    Gif,
    Webp,
    Tiff,
    Bmp,
}

internal static class ImageFormats
{
    /// <summary>Extensions of the files that data sources take for images, in lower case with their dot.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"];

    private static ReadOnlySpan<byte> StartOfScan => [0xFF, 0xDA];

    private static ReadOnlySpan<byte> EndOfImage => [0xFF, 0xD9];

    public static bool HasExtension(string name) => Extensions.Contains(Path.GetExtension(name).ToLowerInvariant());

    /// <exception cref="UnreadableImageException">An empty file, or one that starts like none of the formats.</exception>
    public static ImageFormat Of(ReadOnlySpan<byte> file, string name)
    {
        if (file.IsEmpty)
        {
            throw new UnreadableImageException(name, "the file is empty");
        }

        return file switch
        {
            [0xFF, 0xD8, 0xFF, ..] => ImageFormat.Jpeg,
            [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => ImageFormat.Png,
            [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => ImageFormat.Gif,
            [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => ImageFormat.Webp,
            [(byte)'I', (byte)'I', 42 or 43, 0, ..] or [(byte)'M', (byte)'M', 0, 42 or 43, ..] => ImageFormat.Tiff,
            [(byte)'B', (byte)'M', ..] => ImageFormat.Bmp,
            _ => throw new UnreadableImageException(name, $"not a JPEG, PNG, GIF, WebP, TIFF or BMP image: it starts with {Start(file)}"),
        };
    }

    /// <summary>
    /// Whether the file ends too early, as far as its format tells without decoding: a JPEG's end-of-image marker is missing after its last
    /// scan, a PNG's IEND chunk is, or a WebP or BMP is shorter than it says. For decoders that fill up what is missing in silence.
    /// </summary>
    public static bool IsCutOff(ReadOnlySpan<byte> file, ImageFormat format) => format switch
    {
        ImageFormat.Jpeg => file.LastIndexOf(EndOfImage) < file.LastIndexOf(StartOfScan),
        ImageFormat.Png => file.LastIndexOf("IEND"u8) < 0,
        ImageFormat.Webp => file.Length < 8L + BinaryPrimitives.ReadUInt32LittleEndian(file[4..]),
        ImageFormat.Bmp => file.Length < 6 || file.Length < BinaryPrimitives.ReadUInt32LittleEndian(file[2..]),
        _ => false,
    };

    private static string Start(ReadOnlySpan<byte> file)
    {
        var start = file[..Math.Min(8, file.Length)];
        var isText = !start.ContainsAnyExceptInRange((byte)' ', (byte)'~');
        return isText ? $"\"{Encoding.ASCII.GetString(start)}\"" : Convert.ToHexStringLower(start);
    }
}
