namespace Diffuse.Imaging;

/// <summary>
/// Brings one image to a <see cref="Framing"/>, row by row as a decoder delivers them: alpha over the background, grey or colour as asked,
/// resampled, turned upright, cropped or padded. Only rows that are already as narrow as the target are kept, so that memory does
/// not grow with the width of the source. Both codecs end here, which is why they agree.
/// </summary>
internal sealed class Frame
{
    private readonly Framing framing;
    private readonly int orientation;
    private readonly int width;
    private readonly Resampling along;
    private readonly Resampling down;
    private readonly byte[] converted;
    private readonly byte[] narrowed;
    private readonly int stride;
    private int next;

    /// <param name="height">Of the image as it lies in the file.</param>
    /// <param name="width">Likewise.</param>
    /// <param name="orientation">EXIF's tag, 1 to 8.</param>
    public Frame(Framing framing, int height, int width, int orientation = 1)
    {
        var placement = Orientation.Transposes(orientation) ? framing.Place(width, height).Transposed : framing.Place(height, width);
        (this.framing, this.orientation, this.width) = (framing, orientation, width);
        along = Resampling.Of(framing.Filter, width, (width - placement.WindowWidth) / 2, placement.WindowWidth, placement.Width);
        down = Resampling.Of(framing.Filter, height, (height - placement.WindowHeight) / 2, placement.WindowHeight, placement.Height);
        stride = placement.Width * framing.Channels;
        converted = new byte[width * framing.Channels];
        narrowed = new byte[checked((down.End - down.First[0]) * stride)];
    }

    /// <summary>The rows that the frame needs: others may be left out, these must come in order.</summary>
    public Range Needed => down.First[0]..down.End;

    /// <summary>A raster of the framing's own channels or others.</summary>
    public static Raster Of(Raster source, Framing framing)
    {
        var frame = new Frame(framing, source.Height, source.Width);
        for (var y = frame.Needed.Start.Value; y < frame.Needed.End.Value; y++)
        {
            frame.Add(source.Row(y), source.Channels);
        }

        return frame.Finish();
    }

    /// <summary>The next needed row.</summary>
    /// <param name="bands">1: grey, 2: grey and alpha, 3: RGB, 4: RGB and alpha (not premultiplied).</param>
    public void Add(ReadOnlySpan<byte> row, int bands)
    {
        Convert(row, bands);
        along.Row(converted, narrowed.AsSpan(next++ * stride, stride), framing.Channels);
    }

    /// <summary>The same in 16 bits a sample: v/65535 of full scale becomes the nearest v/255.</summary>
    public void Add(ReadOnlySpan<ushort> row, int bands)
    {
        var bytes = new byte[row.Length];
        for (var i = 0; i < row.Length; i++)
        {
            bytes[i] = (byte)((row[i] * 255u + 32895u) >> 16);
        }

        Add(bytes, bands);
    }

    /// <summary>The framed image, when all needed rows are there.</summary>
    public Raster Finish()
    {
        if (next != down.End - down.First[0])
        {
            throw new InvalidOperationException($"{next} rows of {down.End - down.First[0]}");
        }

        var stored = new Raster(down.Length, along.Length, framing.Channels);
        for (var y = 0; y < stored.Height; y++)
        {
            down.Column(y, narrowed, stride, down.First[0], stored.Row(y));
        }

        return Centred(Orientation.Upright(stored, orientation));
    }

    private Raster Centred(Raster image)
    {
        if (image.Height == framing.Height && image.Width == framing.Width)
        {
            return image;
        }

        var padded = new Raster(framing.Height, framing.Width, framing.Channels);
        padded.Fill(0, 0, padded.Height, padded.Width, framing.Background);
        var (top, left) = ((framing.Height - image.Height) / 2, (framing.Width - image.Width) / 2);
        for (var y = 0; y < image.Height; y++)
        {
            image.Row(y).CopyTo(padded.Row(top + y)[(left * framing.Channels)..]);
        }

        return padded;
    }

    private void Convert(ReadOnlySpan<byte> row, int bands)
    {
        if (bands == framing.Channels)
        {
            row[..converted.Length].CopyTo(converted);
            return;
        }

        var (colour, paint) = (bands > 2, framing.Background);
        for (int x = 0, p = 0; x < width; x++, p += bands)
        {
            int r = row[p], g = colour ? row[p + 1] : r, b = colour ? row[p + 2] : r;
            if (bands is 2 or 4)
            {
                var alpha = row[p + bands - 1];
                (r, g, b) = (Over(r, paint.R, alpha), Over(g, paint.G, alpha), Over(b, paint.B, alpha));
            }

            if (framing.Channels == 1)
            {
                converted[x] = Rgb.Luma(r, g, b);
            }
            else
            {
                (converted[3 * x], converted[3 * x + 1], converted[3 * x + 2]) = ((byte)r, (byte)g, (byte)b);
            }
        }
    }

    /// <summary>alpha c + (1 - alpha) background, rounded.</summary>
    private static int Over(int c, int background, int alpha) => (c * alpha + background * (255 - alpha) + 127) / 255;
}
