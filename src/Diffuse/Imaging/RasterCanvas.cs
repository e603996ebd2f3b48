namespace Diffuse.Imaging;

/// <summary>A chart as a picture, two pixels for each unit.</summary>
internal sealed class RasterCanvas : ICanvas
{
    private const int Scale = 2;

    private static readonly Rgb ink = new(0x20, 0x20, 0x20);

    private readonly Raster image = new(Chart.Height * Scale, Chart.Width * Scale, 3);

    private RasterCanvas() => image.Fill(0, 0, image.Height, image.Width, new Rgb(0xFF, 0xFF, 0xFF));

    public static Raster Of(Chart chart)
    {
        var canvas = new RasterCanvas();
        chart.Draw(canvas);
        return canvas.image;
    }

    /// <summary>Every pixel near the line, mixed by how much of it the line covers: half a pixel less than its distance to the line's rim.</summary>
    public void Line(double x1, double y1, double x2, double y2, double width, Rgb? colour, double opacity)
    {
        var ((ax, ay), (bx, by), half) = ((x1 * Scale, y1 * Scale), (x2 * Scale, y2 * Scale), width * Scale / 2);
        var (dx, dy) = (bx - ax, by - ay);
        var square = Math.Max(dx * dx + dy * dy, 1e-9);
        var paint = colour ?? ink;
        for (var y = Math.Max(0, (int)(Math.Min(ay, by) - half - 1)); y <= Math.Min(image.Height - 1, Math.Max(ay, by) + half + 1); y++)
        {
            for (var x = Math.Max(0, (int)(Math.Min(ax, bx) - half - 1)); x <= Math.Min(image.Width - 1, Math.Max(ax, bx) + half + 1); x++)
            {
                var (px, py) = (x + 0.5 - ax, y + 0.5 - ay);
                var along = Math.Clamp((px * dx + py * dy) / square, 0, 1);
                var distance = Math.Sqrt(Math.Pow(px - along * dx, 2) + Math.Pow(py - along * dy, 2));
                Mix(image.Row(y).Slice(3 * x, 3), paint, opacity * Math.Clamp(half + 0.5 - distance, 0, 1));
            }
        }
    }

    /// <inheritdoc/>
    public void Text(double x, double y, string text, double anchor, bool strong)
    {
        var left = (int)(x * Scale - anchor * BitmapFont.Width(text, Scale));
        var top = (int)(y * Scale) - BitmapFont.Height * Scale / 2;
        BitmapFont.Draw(image, text, top, left, Scale, ink);
        if (strong)
        {
            BitmapFont.Draw(image, text, top, left + 1, Scale, ink);
        }
    }

    private static void Mix(Span<byte> pixel, Rgb paint, double share)
    {
        pixel[0] = Mixed(pixel[0], paint.R);
        pixel[1] = Mixed(pixel[1], paint.G);
        pixel[2] = Mixed(pixel[2], paint.B);

        byte Mixed(byte old, byte painted) => (byte)Math.Round(old + share * (painted - old));
    }
}
