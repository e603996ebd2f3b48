namespace Diffuse.Imaging;

/// <summary>
/// Reads image files: the first frame, palettes and CMYK as RGB, 16 bits scaled to 8, EXIF orientation applied. Safe for use by several
/// threads at once, each call on one core. What we write is always a PNG, which needs no codec: see <see cref="Png"/>.
/// </summary>
internal interface IImageCodec
{
    /// <summary>The framed image. A JPEG at least 4 times too large is decoded at a half, a quarter or an eighth of its size.</summary>
    /// <param name="file">All its bytes.</param>
    /// <param name="name">For messages.</param>
    /// <exception cref="UnreadableImageException">No image, damaged or truncated, or larger than
    /// <see cref="ImageCodecs.MaxPixels"/>.</exception>
    Raster Decode(byte[] file, string name, Framing framing);

    /// <summary>Height and width of the upright image.</summary>
    /// <param name="file">All its bytes.</param>
    /// <param name="name">For messages.</param>
    /// <exception cref="UnreadableImageException">No image, or damaged.</exception>
    (int Height, int Width) Size(byte[] file, string name);
}

internal static partial class ImageCodecs
{
    /// <summary>Larger pictures are refused: 268 million pixels, a square of 16384.</summary>
    public const long MaxPixels = 1L << 28;

    /// <summary>The codec that the build chose by <c>ImageProvider</c>; it holds no state.</summary>
    public static IImageCodec Default { get; } = CreateDefault();

    private static partial IImageCodec CreateDefault();

    public static void CheckSize(long height, long width, string name)
    {
        if (height * width > MaxPixels)
        {
            throw new UnreadableImageException(name, $"{width}x{height} pixels are more than the {MaxPixels} that are read");
        }
    }

    /// <summary>
    /// 1, 2, 4 or 8: by how much a JPEG may be shrunk while it is decoded and still leave two pixels for each one wanted.
    /// </summary>
    public static int ShrinkOnLoad(Framing framing, int height, int width)
    {
        // The axes may be exchanged by an orientation that is not known yet: the more careful of both.
        var reduction = Math.Min(framing.Place(height, width).Reduction, framing.Place(width, height).Reduction);
        return reduction switch { >= 16 => 8, >= 8 => 4, >= 4 => 2, _ => 1 };
    }
}
