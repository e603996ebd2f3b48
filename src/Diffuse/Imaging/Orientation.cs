namespace Diffuse.Imaging;

/// <summary>
/// EXIF's orientation tag, 1 to 8: how the stored image must be turned to stand upright. With r, c counting the stored rows and columns
/// from 0 and primes counting from the far end, the upright pixel (y, x) is the stored (r, c) of the table below.
/// </summary>
internal static class Orientation
{
    /// <summary>Rows and columns change places.</summary>
    public static bool Transposes(int orientation) => orientation is >= 5 and <= 8;

    /// <summary>An upright copy; values outside 2 to 8 mean that it is upright already.</summary>
    public static Raster Upright(Raster stored, int orientation)
    {
        if (orientation is < 2 or > 8)
        {
            return stored;
        }

        var (height, width) = Transposes(orientation) ? (stored.Width, stored.Height) : (stored.Height, stored.Width);
        var upright = new Raster(height, width, stored.Channels);
        for (var y = 0; y < height; y++)
        {
            var row = upright.Row(y);
            for (var x = 0; x < width; x++)
            {
                var (y1, x1) = (height - 1 - y, width - 1 - x);
                var (r, c) = orientation switch
                {
                    2 => (y, x1),
                    3 => (y1, x1),
                    4 => (y1, x),
                    5 => (x, y),
                    6 => (x1, y),
                    7 => (x1, y1),
                    _ => (x, y1),
                };
                stored.Row(r).Slice(c * stored.Channels, stored.Channels).CopyTo(row[(x * stored.Channels)..]);
            }
        }

        return upright;
    }
}
