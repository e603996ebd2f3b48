using Diffuse.Imaging;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>Tensors as pictures, and pictures on one labelled sheet.</summary>
internal static class Sheet
{
    /// <summary>More names than this do not get a column each.</summary>
    private const int MostColumns = 16;

    /// <summary>x [N, C, H, W] in [-1, 1] as N pictures of 256 levels.</summary>
    public static IReadOnlyList<Raster> Rasters(Tensor x)
    {
        using var scope = NewDisposeScope();
        var bytes = ((x.cpu().to(float32) + 1) * 127.5).round().clamp(0, 255).to(ScalarType.Byte).permute(0, 2, 3, 1).contiguous();
        var (n, height, width, channels) = ((int)x.shape[0], (int)x.shape[2], (int)x.shape[3], (int)x.shape[1]);
        var all = bytes.bytes.ToArray();
        var size = height * width * channels;
        return [.. Enumerable.Range(0, n).Select(i => new Raster(height, width, channels, all[(i * size)..((i + 1) * size)]))];
    }

    /// <summary>N pictures of one size as x [N, C, H, W] in [-1, 1].</summary>
    public static Tensor Tensor(IReadOnlyList<Raster> images, Device device)
    {
        using var scope = NewDisposeScope();
        var first = images[0];
        var bytes = images.SelectMany(image => image.Pixels).ToArray();
        var pixels = tensor(bytes, [images.Count, first.Height, first.Width, first.Channels]).to(device);
        return (pixels.to(ScalarType.Float32) / 127.5 - 1).permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope();
    }

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
