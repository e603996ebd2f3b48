using Diffuse.Networks;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Evaluation;
using Diffuse.Imaging;
using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary><c>diffuse eval --images</c>: images of whatever origin against real ones, or against the statistics of their features.</summary>
internal static class ComparisonJob
{
    public static EvalResult Run(EvalRequest request, IJobReport report, CancellationToken stop)
    {
        if (request.Features is not { } path)
        {
            throw new ConfigException(
                $"--features: missing; allowed: a run of network resnet or of objective contrastive, {FeatureSources.Allowed}");
        }

        var device = new RunConfig().With(request.Overrides).Device;
        var features = FeatureSources.At(path, request.Dims);
        var known = Statistics(request.Against!);
        var kind = features is ModelFeatureOptions model ? Seen(model.Model) : Stored(request, known is null);
        using var drawn = Open(request.Images!, "--images", kind);
        using var real = known is null ? Open(request.Against!, "--against", kind) : null;
        using var sources = new FeatureSources(kind, device);
        var count = Math.Min(request.Count ?? drawn.Training.Count, drawn.Training.Count);
        var sets = new ImageSets(Batches, real, seed: 0, sources, () => features, request.Out, report) { Known = known };
        sets.Network(features);
        IEvaluator[] evaluators =
        [
            new SampleMetrics(new SampleMetricsOptions { Count = count }),
            .. known is null ? new IEvaluator[] { new Copies(new CopiesOptions { Count = count }) } : [],
        ];
        var metrics = EvaluationJob.Evaluated(evaluators, new EvaluationContext([], Seed: 0, sets), report, stop);
        var result = new EvalResult(request.Images!, metrics, sets.Pictures);
        return !request.Report ? result : result with
        {
            Pictures = [.. result.Pictures, .. Report.Write(request.Out!, Path.GetFileName(Path.TrimEndingDirectorySeparator(request.Images!)), null, null, result, null)],
        };

        DataSet Open(string where, string option, ImageKind images) => ConfigException.Of("data.path:", option, () => DataSet.Open(
            new DataOptions
            {
                Path = where,
                Resolution = new(images.Height, images.Width),
                Channels = images.Channels,
                Labels = false,
                HeldOut = 0,
                Without = File.Exists(Path.Combine(where, SamplingJob.GridFile)) ? [SamplingJob.GridFile] : [], // of diffuse sample
            },
            seed: 0, report.Log.Warning));

        IEnumerable<Tensor> Batches(int n, CancellationToken until) =>
            ImageSets.Batches(drawn, [.. drawn.Training.Take(n)], request.Batch, "images", sources.Device, report, until);
    }

    /// <summary>The images that a network of this tool sees.</summary>
    private static ImageKind Seen(string model)
    {
        using var loaded = FeatureSources.Named(model, () => LoadedModel.Open(ModelChoice.At(model), [], _ => { }));
        return loaded.Plan.Images;
    }

    /// <summary>The images as they are stored, in colours; both sets are of one size.</summary>
    private static ImageKind Stored(EvalRequest request, bool both)
    {
        var size = SizeOf(request.Images!, "--images");
        if (both && SizeOf(request.Against!, "--against") is var other && other != size)
        {
            throw new ConfigException(
                $"--against: {request.Against} holds images of {other.Width}x{other.Height}, {request.Images} of {size.Width}x{size.Height}; "
                + "allowed: sets of one size, since resizing changes every figure");
        }

        return new ImageKind(size.Height, size.Width, 3, []);
    }

    private static (int Height, int Width) SizeOf(string path, string option) => ConfigException.Of("data.path:", option, () =>
    {
        using var source = SourceKind.Open(path, SourceName.Auto);
        try
        {
            return source.Size(0);
        }
        catch (UnreadableImageException unreadable)
        {
            throw new ConfigException($"{option}: {unreadable.Message}");
        }
    });

    /// <summary>mu and sigma of an .npz, as pytorch-fid and OpenAI's evaluator write them; null for another file or folder.</summary>
    private static (Tensor Mean, Tensor Covariance)? Statistics(string path)
    {
        if (!File.Exists(path) || !path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        try
        {
            using var archive = NpzFile.Open(path);
            if (!archive.Contains("mu") || !archive.Contains("sigma"))
            {
                return null;
            }

            var (mu, sigma) = (archive.Read("mu"), archive.Read("sigma"));
            return mu.Shape is [var d] && sigma.Shape is [var rows, var columns] && (rows, columns) == (d, d)
                ? (tensor(mu.Doubles()), tensor(sigma.Doubles(), [d, d]))
                : throw new ConfigException($"--against: {path} holds mu [{string.Join(", ", mu.Shape)}] and sigma [{string.Join(", ", sigma.Shape)}]; allowed: [D] and [D, D]");
        }
        catch (Exception damaged) when (damaged is InvalidDataException or IOException)
        {
            throw new ConfigException($"--against: {path}: {damaged.Message}");
        }
    }
}
