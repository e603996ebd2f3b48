using Diffuse.Imaging;

namespace Diffuse.Jobs;

/// <summary>Pictures on one labelled sheet.</summary>
internal static class Sheet
{
    /// <summary>More names than this do not get a column each.</summary>
    private const int MostColumns = 16;

    /// <summary>Images whose names repeat in turn stand in a column for each name; others in a square, each with its name under it.</summary>
    /// <param name="names">Class or prompt of each image; null for none.</param>
    public static Raster Compose(IReadOnlyList<Raster> images, IReadOnlyList<string>? names, string title)
    {
        var period = names?.Distinct().Count() ?? 0;
        var inTurn = period is > 0 and <= MostColumns && names!.Index().All(at => at.Item == names![at.Index % period]);
        return new SampleGrid
        {
            Columns = inTurn ? Math.Min(period, images.Count) : SampleGrid.SquareColumns(images.Count),
            Title = title,
            ColumnLabels = inTurn ? [.. names!.Take(period)] : [],
            Captions = inTurn || names is null ? [] : names,
        }.Compose(images);
    }
}
