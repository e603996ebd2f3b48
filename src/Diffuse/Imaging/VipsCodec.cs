using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Diffuse.Imaging;

internal static partial class ImageCodecs
{
    private static partial IImageCodec CreateDefault() => new VipsCodec();
}

/// <summary>
/// libvips through its C interface. Loaders are chosen by the file's first bytes, so no other loader of libvips ever sees a file; pixels
/// come in strips from top to bottom in the calling thread, and nothing is cached. Colour profiles are ignored, as by most training code.
/// </summary>
internal sealed unsafe partial class VipsCodec : IImageCodec
{
    private const int StripBytes = 1 << 20;

    // VipsBandFormat and VipsInterpretation.
    private const int UChar = 0, UShort = 2;
    private const int Multiband = 0, BlackAndWhite = 1, LinearRgb = 17, Srgb = 22, Rgb16 = 25, Grey16 = 26;

    // GLogLevelFlags 8 | 16 | 32 | 64 | 128.
    private const int CriticalToDebug = 248;

    private static readonly Lazy<bool> initialized = new(Initialize);

    /// <summary>What is made of an opened file, whose header alone is read yet; its bytes stay in place meanwhile.</summary>
    private delegate T Use<T>(GObject header, ImageFormat format, byte* bytes);

    public Raster Decode(byte[] file, string name, Framing framing) =>
        file is [0xFF, 0xD8, ..] && TurboJpeg.TryDecode(file, name, framing) is { } image ? image : DecodeByVips(file, name, framing);

    private static Raster DecodeByVips(byte[] file, string name, Framing framing) => Opened(file, name, (header, format, bytes) =>
    {
        var (height, width) = (vips_image_get_height(header), vips_image_get_width(header));
        ImageCodecs.CheckSize(height, width, name);
        var shrink = format == ImageFormat.Jpeg ? ImageCodecs.ShrinkOnLoad(framing, height, width) : 1;
        using var stored = shrink > 1 ? Load(format, bytes, file.Length, shrink) : header;
        using var plain = Plain(stored);
        return Read(plain, framing, vips_image_get_orientation(stored));
    });

    public (int Height, int Width) Size(byte[] file, string name) => Opened(file, name, (header, _, _) =>
    {
        var (height, width) = (vips_image_get_height(header), vips_image_get_width(header));
        return Orientation.Transposes(vips_image_get_orientation(header)) ? (width, height) : (height, width);
    });

    private static T Opened<T>(byte[] file, string name, Use<T> use)
    {
        var format = ImageFormats.Of(file, name);
        _ = initialized.Value;
        fixed (byte* bytes = file)
        {
            try
            {
                using var header = Load(format, bytes, file.Length, 1);
                return use(header, format, bytes);
            }
            catch (VipsException e)
            {
                throw new UnreadableImageException(name, e.Message, e);
            }
        }
    }

    private static Raster Read(GObject image, Framing framing, int orientation)
    {
        var (height, width) = (vips_image_get_height(image), vips_image_get_width(image));
        var (bands, format) = (vips_image_get_bands(image), vips_image_get_format(image));
        if (bands > 4 || format is not (UChar or UShort))
        {
            throw new VipsException($"{bands} channels of format {format}; grey or RGB of 8 or 16 bits, with or without alpha, is read");
        }

        var frame = new Frame(framing, height, width, orientation);
        var (samples, bytes) = (width * bands, (long)width * bands * (format == UShort ? 2 : 1));
        var strip = (int)Math.Clamp(StripBytes / bytes, 1, height);
        using var region = Owned(vips_region_new(image));
        for (var top = frame.Needed.Start.Value; top < frame.Needed.End.Value; top += strip)
        {
            var rows = Math.Min(strip, frame.Needed.End.Value - top);
            var pixels = (byte*)vips_region_fetch(region, 0, top, width, rows, out _);
            if (pixels == null)
            {
                throw new VipsException(LastError());
            }

            try
            {
                for (var row = pixels; row < pixels + rows * bytes; row += bytes)
                {
                    if (format == UShort)
                    {
                        frame.Add(new ReadOnlySpan<ushort>(row, samples), bands);
                    }
                    else
                    {
                        frame.Add(new ReadOnlySpan<byte>(row, samples), bands);
                    }
                }
            }
            finally
            {
                g_free((nint)pixels);
            }
        }

        return frame.Finish();
    }

    private static GObject Load(ImageFormat format, byte* bytes, int length, int shrink)
    {
        // libvips leaves BMP to ImageMagick.
        using var operation = Operation((format == ImageFormat.Bmp ? "magick" : format.ToString().ToLowerInvariant()) + "load_buffer");
        var blob = vips_blob_new(0, (nint)bytes, (nuint)length);
        var value = new GValue();
        g_value_init(ref value, vips_blob_get_type());
        g_value_set_boxed(ref value, blob);
        g_object_set_property(operation, "buffer", ref value);
        g_value_unset(ref value);
        vips_area_unref(blob);
        Set(operation, "access", "sequential");
        Set(operation, "fail-on", "error");
        if (shrink > 1)
        {
            Set(operation, "shrink", shrink.ToString());
        }

        return Output(operation);
    }

    /// <summary>The image itself where its samples are grey or RGB, otherwise (CMYK, CIELAB, ...) converted to sRGB.</summary>
    private static GObject Plain(GObject image)
    {
        if (vips_image_get_interpretation(image) is Multiband or BlackAndWhite or LinearRgb or Srgb or Rgb16 or Grey16)
        {
            return Owned(g_object_ref(image));
        }

        using var operation = Operation("colourspace");
        var value = new GValue();
        g_value_init(ref value, vips_image_get_type());
        g_value_set_object(ref value, image);
        g_object_set_property(operation, "in", ref value);
        g_value_unset(ref value);
        Set(operation, "space", "srgb");
        return Output(operation);
    }

    private static GObject Operation(string nickname) => Owned(vips_operation_new(nickname));

    private static void Set(GObject operation, string option, string value)
    {
        if (vips_object_set_argument_from_string(operation, option, value) != 0)
        {
            throw new VipsException(LastError());
        }
    }

    private static GObject Output(GObject operation)
    {
        // Building may exchange the operation for an equal one: take over its reference meanwhile.
        var handle = operation.Release();
        var failed = vips_cache_operation_buildp(ref handle);
        operation.Take(handle);
        if (failed != 0)
        {
            vips_object_unref_outputs(operation);
            throw new VipsException(LastError());
        }

        var value = new GValue();
        g_value_init(ref value, vips_image_get_type());
        g_object_get_property(operation, "out", ref value);
        var image = Owned(g_value_dup_object(ref value));
        g_value_unset(ref value);
        vips_object_unref_outputs(operation);
        return image;
    }

    private static GObject Owned(nint handle) => handle == 0 ? throw new VipsException(LastError()) : new GObject(handle);

    /// <summary>
    /// libvips gathers its messages in one buffer for all threads; two files that fail at the same instant may share them.
    /// </summary>
    private static string LastError()
    {
        var copy = vips_error_buffer_copy();
        vips_error_clear();
        var text = Marshal.PtrToStringUTF8(copy) ?? "";
        g_free(copy);
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct().Take(3).ToList();
        return lines.Count > 0 ? string.Join("; ", lines) : "cannot be decoded";
    }

    private static bool Initialize()
    {
        try
        {
            if (vips_init("diffuse") != 0)
            {
                throw new ExternalException("libvips does not start: " + LastError());
            }
        }
        catch (DllNotFoundException e)
        {
            throw new ExternalException(
                "Reading image files needs libvips, which is not installed: apt-get install libvips42 (or build with ImageSharp)", e);
        }

        vips_concurrency_set(1);
        vips_cache_set_max(0);
        g_log_set_handler("VIPS", CriticalToDebug, &Discard, 0);
        return true;
    }

    /// <summary>Warnings would go to standard error, into the progress line; what matters fails the load.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Discard(nint domain, int level, nint message, nint data)
    {
    }

    private sealed class VipsException(string message) : Exception(message);
}
