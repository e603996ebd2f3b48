using System.Runtime.InteropServices;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing;

namespace Diffuse.Imaging;

internal static partial class ImageCodecs
{
    private static partial IImageCodec CreateDefault() => new ImageSharpCodec();
}

/// <summary>ImageSharp: the whole first frame is decoded to RGBA and turned upright, then framed. Colour profiles are ignored.</summary>
internal sealed class ImageSharpCodec : IImageCodec
{
    /// <summary>Each call stays on one core: our own workers run side by side.</summary>
    private static readonly SixLabors.ImageSharp.Configuration oneCore = OneCore();

    /// <remarks>Damaged files make ImageSharp throw exceptions of many types; whatever it throws, the file is at fault.</remarks>
    /// <inheritdoc/>
    public Raster Decode(byte[] file, string name, Framing framing)
    {
        var format = ImageFormats.Of(file, name);
        if (ImageFormats.IsCutOff(file, format))
        {
            throw new UnreadableImageException(name, "the file is cut off");
        }

        try
        {
            var header = Image.Identify(new DecoderOptions { Configuration = oneCore }, file);
            ImageCodecs.CheckSize(header.Height, header.Width, name);
            using var image = Image.Load<Rgba32>(Options(format, header, framing), file);
            image.Mutate(oneCore, x => x.AutoOrient());
            var frame = new Frame(framing, image.Height, image.Width);
            image.ProcessPixelRows(rows =>
            {
                for (var y = frame.Needed.Start.Value; y < frame.Needed.End.Value; y++)
                {
                    frame.Add(MemoryMarshal.AsBytes(rows.GetRowSpan(y)), 4);
                }
            });
            return frame.Finish();
        }
        catch (Exception e) when (e is not (UnreadableImageException or OutOfMemoryException))
        {
            throw new UnreadableImageException(name, e.Message, e);
        }
    }

    /// <inheritdoc/>
    public (int Height, int Width) Size(byte[] file, string name)
    {
        _ = ImageFormats.Of(file, name);
        try
        {
            using var image = Image.Load<Rgba32>(new DecoderOptions { Configuration = oneCore, MaxFrames = 1 }, file);
            image.Mutate(oneCore, x => x.AutoOrient());
            return (image.Height, image.Width);
        }
        catch (Exception e) when (e is not (UnreadableImageException or OutOfMemoryException))
        {
            throw new UnreadableImageException(name, e.Message, e);
        }
    }

    private static DecoderOptions Options(ImageFormat format, ImageInfo header, Framing framing)
    {
        var shrink = format == ImageFormat.Jpeg ? ImageCodecs.ShrinkOnLoad(framing, header.Height, header.Width) : 1;
        return new()
        {
            Configuration = oneCore,
            MaxFrames = 1,
            TargetSize = shrink == 1 ? null : new Size((header.Width + shrink - 1) / shrink, (header.Height + shrink - 1) / shrink),
        };
    }

    private static SixLabors.ImageSharp.Configuration OneCore()
    {
        var configuration = SixLabors.ImageSharp.Configuration.Default.Clone();
        configuration.MaxDegreeOfParallelism = 1;
        return configuration;
    }
}
