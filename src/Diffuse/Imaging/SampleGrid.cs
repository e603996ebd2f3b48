namespace Diffuse.Imaging;

/// <summary>
/// Many images of one size on one sheet, row by row, enlarged by a whole factor so that small ones can be seen (pixels stay squares), with
/// optional labels beside the rows, above the columns and under each image.
/// </summary>
public sealed class SampleGrid
{
    private const int Gap = 2;
    private static readonly Rgb ink = new(0x20, 0x20, 0x20);
    private static readonly Rgb paper = new(0xFF, 0xFF, 0xFF);

    /// <summary>Images in a row.</summary>
    public required int Columns { get; init; }

    /// <summary>The shorter side of an image on the sheet is at least this many pixels.</summary>
    public int SmallestCell { get; init; } = 64;

    /// <summary>Written above everything; empty for none.</summary>
    public string Title { get; init; } = "";

    /// <summary>One for each row from the top, or fewer.</summary>
    public IReadOnlyList<string> RowLabels { get; init; } = [];

    /// <summary>One for each column from the left, or fewer.</summary>
    public IReadOnlyList<string> ColumnLabels { get; init; } = [];

    /// <summary>One for each image, or fewer; cut to the image's width.</summary>
    public IReadOnlyList<string> Captions { get; init; } = [];

    /// <summary>The side by side count that makes a sheet of n images about square: the ceiling of its root.</summary>
    public static int SquareColumns(int images) => Math.Max(1, (int)Math.Ceiling(Math.Sqrt(images)));

    /// <param name="images">All of the same size and channels, at least one.</param>
    public Raster Compose(IReadOnlyList<Raster> images)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Columns);
        ArgumentOutOfRangeException.ThrowIfZero(images.Count);
        var (height, width, channels) = (images[0].Height, images[0].Width, images[0].Channels);
        if (images.FirstOrDefault(i => (i.Height, i.Width, i.Channels) != (height, width, channels)) is { } odd)
        {
            throw new ArgumentException($"an image of {odd.Height}x{odd.Width}x{odd.Channels} among those of {height}x{width}x{channels}");
        }

        var enlarge = Math.Max(1, (SmallestCell + Math.Min(height, width) - 1) / Math.Min(height, width));
        var (columns, rows) = (Math.Min(Columns, images.Count), (images.Count + Columns - 1) / Columns);
        var (cellWidth, text) = (width * enlarge + Gap, width * enlarge >= 128 ? 2 : 1);
        var line = (BitmapFont.Height + 3) * text;
        var cellHeight = height * enlarge + Gap + (Captions.Count > 0 ? line + 3 * text : 0);
        var left = Gap + RowLabels.Select(l => BitmapFont.Width(l, text) + 4 * text).DefaultIfEmpty(0).Max();
        var head = Title.Length > 0 ? 2 * line : 0;
        var top = Gap + head + (ColumnLabels.Count > 0 ? line : 0);
        var sheetWidth = Math.Max(left + columns * cellWidth, BitmapFont.Width(Title, text) + 2 * Gap);
        var sheet = new Raster(top + rows * cellHeight, sheetWidth, channels);
        sheet.Fill(0, 0, sheet.Height, sheet.Width, paper);

        BitmapFont.Draw(sheet, Title, Gap + line / 2, Gap, text, ink);
        for (var i = 0; i < Math.Min(columns, ColumnLabels.Count); i++)
        {
            Centred(ColumnLabels[i], Gap + head, left + i * cellWidth);
        }

        for (var i = 0; i < Math.Min(rows, RowLabels.Count); i++)
        {
            BitmapFont.Draw(sheet, RowLabels[i], top + i * cellHeight + (height * enlarge - BitmapFont.Height * text) / 2, Gap, text, ink);
        }

        for (var i = 0; i < images.Count; i++)
        {
            var (y, x) = (top + i / Columns * cellHeight, left + i % Columns * cellWidth);
            Paste(images[i], sheet, y, x, enlarge);
            if (i < Captions.Count)
            {
                Centred(Captions[i], y + height * enlarge + text, x);
            }
        }

        return sheet;

        void Centred(string label, int y, int x)
        {
            var fitted = BitmapFont.Fitted(label, text, width * enlarge);
            BitmapFont.Draw(sheet, fitted, y, x + (width * enlarge - BitmapFont.Width(fitted, text)) / 2, text, ink);
        }
    }

    private static void Paste(Raster image, Raster sheet, int top, int left, int enlarge)
    {
        var channels = image.Channels;
        for (var y = 0; y < image.Height * enlarge; y++)
        {
            var source = image.Row(y / enlarge);
            var target = sheet.Row(top + y);
            for (var x = 0; x < image.Width * enlarge; x++)
            {
                source.Slice(x / enlarge * channels, channels).CopyTo(target[((left + x) * channels)..]);
            }
        }
    }
}
