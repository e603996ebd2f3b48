using Diffuse.Networks;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Evaluation;
using Diffuse.Imaging;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>Drawn images, and the data that they are compared with.</summary>
/// <param name="drawn">Batches of the first so many.</param>
/// <param name="real">Null where only <see cref="Known"/> is.</param>
/// <param name="sources">Where networks come from.</param>
/// <param name="default">The network that stands for none.</param>
/// <param name="folder">Where pictures are put; made when there is one. Null: nowhere.</param>
internal sealed class ImageSets(
    Func<int, CancellationToken, IEnumerable<Tensor>> drawn, DataSet? real, long seed, FeatureSources sources, Func<FeatureOptions> @default, string? folder,
    IJobReport report) : IImageSets
{
    private const int Batch = 100;

    private readonly Dictionary<FeatureOptions, IFeatureNetwork> networks = [];

    /// <inheritdoc/>
    public (Tensor Mean, Tensor Covariance)? Known { get; init; }

    /// <summary>The classes that the drawn images were to show; null where none was asked for.</summary>
    public Func<int, (IReadOnlyList<int> Labels, int Classes)?> AskedFor { get; init; } = _ => null;

    /// <summary>Pictures that were put into the folder.</summary>
    public List<string> Pictures { get; } = [];

    /// <inheritdoc/>
    public IReadOnlyList<int> Training => Data.Training;

    private DataSet Data => real ?? throw new ConfigException("--against: found statistics, which hold no images; allowed: images, for this metric");

    /// <inheritdoc/>
    public IEnumerable<Tensor> Drawn(int count, CancellationToken stop) => drawn(count, stop);

    /// <inheritdoc/>
    public (IReadOnlyList<int> Labels, int Classes)? Asked(int count) => AskedFor(count);

    /// <inheritdoc/>
    public IEnumerable<Tensor> Real(int count, CancellationToken stop)
    {
        var all = Data.Training.Count;
        return count <= all
            ? Batches(Data, [.. InOrder(Data, seed).Take(count)], Batch, "real images", sources.Device, report, stop)
            : throw new ConfigException($"found {all} real images for {count} drawn ones; figures of sets of different sizes cannot be compared; allowed: at most {all}");
    }

    /// <summary>The numbers of the training images: the first are those that as many drawn ones are compared with.</summary>
    public static IEnumerable<int> InOrder(DataSet data, long seed)
    {
        var order = new Permutation(data.Training.Count, seed, 0);
        return Enumerable.Range(0, data.Training.Count).Select(i => data.Training[order.At(i)]);
    }

    /// <inheritdoc/>
    public IEnumerable<Tensor> HeldOut(int count, CancellationToken stop) =>
        Batches(Data, [.. Data.HeldOut.Take(count)], Batch, "held-out images", sources.Device, report, stop);

    /// <summary>Images of a data set in the given order, each batch until the next is asked for.</summary>
    /// <param name="what">What progress calls them.</param>
    public static IEnumerable<Tensor> Batches(
        DataSet data, IReadOnlyList<int> indices, int size, string what, Device device, IJobReport report, CancellationToken stop)
    {
        foreach (var (number, part) in indices.Chunk(size).Index())
        {
            stop.ThrowIfCancellationRequested();
            report.Count(what, (long)number * size, indices.Count);
            using var images = Read(data, part, device);
            yield return images;
        }

        report.Count(what, indices.Count, indices.Count);
    }

    /// <inheritdoc/>
    public Tensor TrainingImages(IReadOnlyList<int> indices) => Read(Data, indices, sources.Device);

    /// <inheritdoc/>
    public IFeatureNetwork Network(FeatureOptions? options)
    {
        var wanted = options ?? @default();
        return networks.TryGetValue(wanted, out var known) ? known : networks[wanted] = wanted.Build(sources);
    }

    /// <inheritdoc/>
    public Features RealFeatures(IFeatureNetwork network, int count, CancellationToken stop)
    {
        var cache = new TensorCache("features", $"features 1\n{network.Key}\n{Data.Fingerprint}\n{string.Join(' ', Data.HeldOut)}\n{seed}\n{count}");
        if (cache.Read() is { } stored)
        {
            return new(stored["vectors"], stored.GetValueOrDefault("spatial"), stored.GetValueOrDefault("logits"));
        }

        var features = Features.Of(network, Real(count, stop), stop);
        cache.Keep(("vectors", features.Vectors), ("spatial", features.Spatial), ("logits", features.Logits));
        return features;
    }

    /// <inheritdoc/>
    public void Show(string name, Tensor pairs, IReadOnlyList<string> columns, IReadOnlyList<string> rows)
    {
        if (folder is null)
        {
            return;
        }

        var file = Path.Combine(Directory.CreateDirectory(folder).FullName, name + ".png");
        Png.Save(file, new SampleGrid { Columns = columns.Count, ColumnLabels = columns, RowLabels = rows }.Compose(Pixels.ToRasters(pairs)));
        Pictures.Add(file);
    }

    private static Tensor Read(DataSet data, IReadOnlyList<int> indices, Device device) => Pixels.OfRasters([.. indices.Select(data.Read)], device);
}
