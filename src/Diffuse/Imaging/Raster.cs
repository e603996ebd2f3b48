namespace Diffuse.Imaging;

/// <summary>8-bit pixels in row-major order, [Height, Width, Channels] with 1 (grey) or 3 (RGB) channels.</summary>
public sealed class Raster
{
    /// <exception cref="ArgumentException">The number of bytes is not Height x Width x Channels.</exception>
    public Raster(int height, int width, int channels, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        if (channels is not (1 or 3))
        {
            throw new ArgumentOutOfRangeException(nameof(channels), channels, "1 (grey) or 3 (RGB)");
        }

        if (pixels.Length != (long)height * width * channels)
        {
            throw new ArgumentException($"{pixels.Length} bytes for {height}x{width}x{channels}", nameof(pixels));
        }

        (Height, Width, Channels, Pixels) = (height, width, channels, pixels);
    }

    public Raster(int height, int width, int channels) : this(height, width, channels, new byte[checked(height * width * channels)])
    {
    }

    public int Height { get; }

    public int Width { get; }

    public int Channels { get; }

    public byte[] Pixels { get; }

    /// <summary>The bytes of row y, Width x Channels of them.</summary>
    public Span<byte> Row(int y) => Pixels.AsSpan(y * Width * Channels, Width * Channels);

    /// <summary>Paints the part of a rectangle that lies inside the image.</summary>
    public void Fill(int top, int left, int height, int width, Rgb colour)
    {
        for (var y = Math.Max(0, top); y < Math.Min(Height, top + height); y++)
        {
            var row = Row(y);
            for (var x = Math.Max(0, left); x < Math.Min(Width, left + width); x++)
            {
                if (Channels == 1)
                {
                    row[x] = colour.ToGrey();
                }
                else
                {
                    (row[3 * x], row[3 * x + 1], row[3 * x + 2]) = (colour.R, colour.G, colour.B);
                }
            }
        }
    }
}
