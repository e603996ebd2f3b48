using Diffuse.Data;
using Diffuse.Imaging;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>Tensors as pictures, and pictures on one labelled sheet.</summary>
internal static class Sheet
{
    /// <summary>More classes than this do not get a column each.</summary>
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

    /// <summary>Images whose labels repeat in turn stand in a column for each label; others in a square, each with its class under it.</summary>
    public static Raster Compose(IReadOnlyList<Raster> images, IReadOnlyList<int>? labels, IReadOnlyList<string> classes, string title)
    {
        var period = labels?.Distinct().Count() ?? 0;
        var inTurn = period is > 0 and <= MostColumns && labels!.Index().All(at => at.Item == labels![at.Index % period]);
        return new SampleGrid
        {
            Columns = inTurn ? Math.Min(period, images.Count) : SampleGrid.SquareColumns(images.Count),
            Title = title,
            ColumnLabels = inTurn ? [.. labels!.Take(period).Select(label => classes[label])] : [],
            Captions = inTurn || labels is null ? [] : [.. labels.Select(label => classes[label])],
        }.Compose(images);
    }

    /// <summary>The labels of n images: the asked ones in turn, or all classes in turn; null for an unconditional model.</summary>
    public static IReadOnlyList<int>? Labels(int n, IReadOnlyList<string> classes, IReadOnlyList<int>? asked = null) => classes.Count == 0
        ? null
        : [.. Enumerable.Range(0, n).Select(i => asked is null ? i % classes.Count : asked[i % asked.Count])];

    public static Condition Condition(IEnumerable<int>? labels, Device device) =>
        labels is null ? Data.Condition.None : new Condition(Label: tensor(labels.Select(label => (long)label).ToArray(), device: device));
}
