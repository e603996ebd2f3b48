using System.Runtime.InteropServices;

namespace Diffuse.Imaging;

/// <summary>
/// JPEG straight through libjpeg-turbo, where its library is installed: a small picture takes libvips as long to prepare as to decode. Plain
/// grey and YCbCr files only; what has an orientation, other colours or a fault is left to libvips, and so are the messages.
/// </summary>
internal static unsafe partial class TurboJpeg
{
    private const string Library = "libturbojpeg.so.0";

    // TJPF and TJCS.
    private const int PixelsRgb = 0, PixelsGrey = 6;
    private const int YCbCr = 1, Grey = 2;

    private static readonly Lazy<bool> isThere = new(() => NativeLibrary.TryLoad(Library, out _));

    /// <returns>Null: libvips must read it.</returns>
    public static Raster? TryDecode(ReadOnlySpan<byte> file, string name, Framing framing)
    {
        if (!isThere.Value || file.IndexOf("Exif\0"u8) >= 0)
        {
            return null;
        }

        var decoder = tjInitDecompress();
        try
        {
            fixed (byte* bytes = file)
            {
                return Decode(decoder, bytes, (nuint)file.Length, name, framing);
            }
        }
        finally
        {
            _ = tjDestroy(decoder);
        }
    }

    private static Raster? Decode(nint decoder, byte* file, nuint length, string name, Framing framing)
    {
        if (tjDecompressHeader3(decoder, file, length, out var width, out var height, out _, out var colours) != 0 || colours is not (YCbCr or Grey))
        {
            return null;
        }

        ImageCodecs.CheckSize(height, width, name);
        var shrink = ImageCodecs.ShrinkOnLoad(framing, height, width);
        var image = new Raster((height + shrink - 1) / shrink, (width + shrink - 1) / shrink, colours == Grey ? 1 : 3);
        fixed (byte* pixels = image.Pixels)
        {
            return tjDecompress2(decoder, file, length, pixels, image.Width, 0, image.Height, colours == Grey ? PixelsGrey : PixelsRgb, 0) == 0
                ? Frame.Of(image, framing)
                : null;
        }
    }

    [LibraryImport(Library)]
    private static partial nint tjInitDecompress();

    [LibraryImport(Library)]
    private static partial int tjDecompressHeader3(nint handle, byte* file, nuint length, out int width, out int height, out int subsampling, out int colours);

    [LibraryImport(Library)]
    private static partial int tjDecompress2(nint handle, byte* file, nuint length, byte* pixels, int width, int pitch, int height, int format, int flags);

    [LibraryImport(Library)]
    private static partial int tjDestroy(nint handle);
}
