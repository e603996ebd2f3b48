using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Diffuse.Networks;
using Diffuse.Configuration;
using Diffuse.Objectives;
using MathNet.Numerics.Statistics;
using static TorchSharp.torch;

namespace Diffuse.Evaluation;

/// <summary>
/// Whether drawn images are copies of training images. An image is one if it is at least three times as near to its nearest training image as to the
/// next (Yoon et al. 2023, "Diffusion probabilistic models generalize when they fail to memorize"): images of their own lie about as far from
/// both. Near duplicates of the nearest one among the training images do not count as the next: those nearer to it than a third of the distance that is
/// usual between a training image and its nearest other. Images that were held out of training are measured the same way, as a control: what they
/// show, the data do by themselves.
/// </summary>
internal sealed class Copies(CopiesOptions options) : IEvaluator
{
    private const int Batch = 256, Candidates = 16, Probes = 200, Shown = 10;

    /// <summary>Of the distance to the next training image.</summary>
    private const double Near = 1.0 / 3;

    /// <inheritdoc/>
    public IReadOnlyList<Metric> Evaluate(EvaluationContext c, CancellationToken stop)
    {
        var sets = c.Samples ?? throw new ConfigException("evaluation: copies: the model draws no images; allowed: a model of objective denoising");
        if (sets.Training.Count < 3)
        {
            throw new ConfigException($"evaluation: copies: found {sets.Training.Count} training images; allowed: 3 or more");
        }

        using var scope = NewDisposeScope();
        var drawn = cat([.. sets.Drawn(options.Count, stop).Select(batch => batch.cpu().clone())], 0);
        var all = cat([drawn, .. sets.HeldOut(options.Count, stop).Select(batch => batch.cpu().clone())], 0);
        var pixels = Search(all, sets, x => x.flatten(1), stop);
        Show(sets, drawn, [.. pixels.Take((int)drawn.shape[0])]);
        return
        [
            .. Figures("pixels", pixels),
            .. options.Features is null ? [] : InFeatures(sets.Network(options.Features)),
        ];

        IEnumerable<Metric> InFeatures(IFeatureNetwork network) => Figures(network.Name, Search(all, sets, x => network.Of(x).Vectors.cpu().to(float32), stop));

        IEnumerable<Metric> Figures(string space, IReadOnlyList<Match> found) =>
            [.. Of(space, [.. found.Take((int)drawn.shape[0])]), .. Of($"{space} of held-out images", [.. found.Skip((int)drawn.shape[0])])];
    }

    /// <param name="of">In what, and of what.</param>
    private static IReadOnlyList<Metric> Of(string of, IReadOnlyList<Match> found) => found.Count == 0 ? [] :
    [
        Metric.Share($"copies in {of}", found.Count(match => match.Ratio < Near), found.Count),
        new Metric($"median ratio in {of}", found.Select(match => match.Ratio).Median(), found.Count, "nearest / next distance"),
    ];

    /// <summary>For each image its nearest training image, and how much nearer that is than the next.</summary>
    /// <param name="embed">[N, C, H, W] to the [N, D] in which distances are taken.</param>
    private static IReadOnlyList<Match> Search(Tensor images, IImageSets sets, Func<Tensor, Tensor> embed, CancellationToken stop)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var x = Embedded(images);
        var training = sets.Training;
        int[] probes = [.. Enumerable.Range(0, Math.Min(Probes, training.Count)).Select(i => (int)((long)i * training.Count / Math.Min(Probes, training.Count)))];
        var probed = Embedded(sets.TrainingImages([.. probes.Select(i => training[i])]));
        var k = Math.Min(Candidates, training.Count);
        var (near, usual) = (Nearest.None(x.shape[0], k), Nearest.None(probed.shape[0], 2));
        foreach (var (number, part) in training.Chunk(Batch).Index())
        {
            stop.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var y = embed(sets.TrainingImages(part));
            near = near.With(Neighbours.Squared(x, y), (long)number * Batch);
            usual = usual.With(Neighbours.Squared(probed, y), (long)number * Batch);
        }

        // The nearest to a probe is itself.
        var duplicate = Near * Near * usual.Squared.select(1, 1).median().item<float>();
        var (distances, places) = (near.Squared.data<float>().ToArray(), near.Places.data<long>().ToArray());
        return [.. Enumerable.Range(0, (int)x.shape[0]).Select(Of)];

        Tensor Embedded(Tensor all) => cat([.. all.split(Batch).Select(embed)], 0);

        Match Of(int i)
        {
            using var inner = NewDisposeScope();
            int[] candidates = [.. Enumerable.Range(i * k, k).Select(at => training[(int)places[at]])];
            var among = embed(sets.TrainingImages(candidates));
            var toFirst = Neighbours.Squared(among.narrow(0, 0, 1), among).data<float>().ToArray();
            var next = Enumerable.Range(1, k - 1).FirstOrDefault(j => toFirst[j] > duplicate, k - 1);
            return new(candidates[0], Math.Sqrt(distances[i * k]), Math.Sqrt(distances[i * k] / Math.Max(distances[i * k + next], 1e-12)));
        }
    }

    private static void Show(IImageSets sets, Tensor drawn, IReadOnlyList<Match> found)
    {
        using var scope = NewDisposeScope();
        var closest = found.Index().OrderBy(match => match.Item.Ratio).Take(Shown).ToList();
        var pairs = closest.SelectMany(match => new[] { drawn.narrow(0, match.Index, 1), sets.TrainingImages([match.Item.Training]).cpu() });
        sets.Show(
            "copies", cat([.. pairs], 0), ["drawn", "nearest"],
            [.. closest.Select(match => match.Item.Ratio.ToString("0.00", CultureInfo.InvariantCulture))]);
    }

    /// <param name="Training">The number of the nearest training image.</param>
    /// <param name="Ratio">Of its distance to that of the next.</param>
    private readonly record struct Match(int Training, double Distance, double Ratio);

    /// <summary>The k nearest so far: squared distances, ascending, and places, [N, k].</summary>
    private readonly record struct Nearest(Tensor Squared, Tensor Places)
    {
        public static Nearest None(long count, int k) => new(full(count, k, double.PositiveInfinity, float32), zeros(count, k, ScalarType.Int64));

        /// <param name="squared">[N, M] to images at places from <paramref name="start"/>.</param>
        public Nearest With(Tensor squared, long start)
        {
            var places = (arange(squared.shape[1]) + start).unsqueeze(0).expand(squared.shape[0], squared.shape[1]);
            var (all, at) = (cat([Squared, squared], 1), cat([Places, places], 1));
            var (values, chosen) = all.topk((int)Squared.shape[1], 1, largest: false);
            return new(values.MoveToOuterDisposeScope(), at.gather(1, chosen).MoveToOuterDisposeScope());
        }
    }
}

/// <summary>The share of drawn images that are copies of training images.</summary>
[Kind("copies")]
public sealed record CopiesOptions : EvaluatorOptions
{
    /// <summary>Drawn images.</summary>
    [Range(1, int.MaxValue)]
    public int Count { get; init; } = 1000;

    /// <summary>A network in whose features images are compared besides pixels; null: pixels alone.</summary>
    public FeatureOptions? Features { get; init; }

    /// <inheritdoc/>
    public override IEvaluator Build(ObjectiveParts parts) => new Copies(this);
}
