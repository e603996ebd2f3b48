using System.ComponentModel.DataAnnotations;
using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Processes;

/// <summary>
/// A deterministic degradation in T steps (Bansal et al. 2022): x_t = A_t(x0), t = 0..T, A_0 the identity. Networks are told t - 1. What is
/// left of images at T is no noise, so sampling starts from a Gaussian mixture that is fitted to A_T of training images.
/// </summary>
internal abstract class Degradation(DegradationOptions options) : ForwardProcess
{
    /// <summary>The images that the start of sampling is fitted to.</summary>
    private const int Measured = 1000;

    private MixtureStart? start;

    /// <inheritdoc/>
    public sealed override double Horizon => options.Steps;

    /// <inheritdoc/>
    public sealed override int? Steps => options.Steps;

    /// <summary>The law of x_T, once <see cref="Prepare"/> was told its shape.</summary>
    /// <inheritdoc/>
    public sealed override nn.Module? Learned => start;

    /// <inheritdoc/>
    public sealed override double Label(double t) => t - 1;

    /// <inheritdoc/>
    public override void Prepare(IReadOnlyList<long> shape)
    {
        start?.Dispose();
        start = new MixtureStart(shape.Aggregate((a, b) => a * b), options.StartComponents, options.StartRank);
    }

    /// <inheritdoc/>
    public override Tensor Corrupt(Tensor x0, Times t, Tensor eps) => At(x0, t);

    /// <summary>A_s(x0).</summary>
    /// <inheritdoc/>
    public override Tensor Move(Tensor x, Tensor x0, double t, double s) => At(x0, Times.All(s, x0.shape[0]));

    /// <summary>Fits the law of x_T.</summary>
    /// <inheritdoc/>
    public sealed override void Measure(IEnumerable<Tensor> batches)
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var rows = new List<Tensor>();
        var count = 0L;
        foreach (var x0 in batches)
        {
            var n = x0.shape[0];
            using var z = new PerImageNoise(0, [.. Enumerable.Range(0, (int)n).Select(i => count + i)]);
            rows.Add(Corrupt(x0, Times.All(Horizon, n), z.Normal(x0)).flatten(1).cpu().to(ScalarType.Float64));
            count += n;
            if (start is null)
            {
                Prepare(x0.shape[1..]);
            }

            if (count >= Measured)
            {
                break;
            }
        }

        start!.Fit(cat(rows, 0), Seeds.Random(0, Measured));
    }

    /// <summary>From the mixture, and a little noise on top: without it images of great symmetry (one colour all over) stay symmetric.</summary>
    /// <inheritdoc/>
    public sealed override Tensor Prior(Tensor like, INoise z) => start is null
        ? throw new InvalidOperationException("the start of sampling was not measured")
        : start.Draw(like, z) + options.StartNoise * z.Normal(like);

    /// <summary>A_t(x0) for images that are degraded at all.</summary>
    /// <param name="t">0..T for each image.</param>
    protected abstract Tensor Degrade(Tensor x0, int[] t);

    /// <summary>A_t(x0), one time for each image.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A time is no whole step from 0 to T.</exception>
    private protected Tensor At(Tensor x0, Times t)
    {
        var steps = Whole(t);
        return Array.TrueForAll(steps, step => step == 0) ? x0.alias() : Degrade(x0, steps);
    }

    private protected int[] Whole(Times t) => Array.ConvertAll(t.Values, time => time >= 0 && time <= options.Steps && time == Math.Floor(time)
        ? (int)time
        : throw new ArgumentOutOfRangeException(nameof(t), time, $"a degradation has the steps 0 to {options.Steps}"));

    /// <summary>A row of numbers for each key, [N, shape]; [1, shape] where all keys are the same, as in sampling.</summary>
    private protected static Tensor Rows<T>(IReadOnlyList<T> keys, Func<T, double[]> row, long[] shape, Tensor like)
    {
        var one = keys.Distinct().Take(2).Count() == 1;
        double[] values = one ? row(keys[0]) : [.. keys.SelectMany(row)];
        return tensor(values, [one ? 1 : keys.Count, .. shape], like.dtype, like.device);
    }
}

/// <summary>What all degradations share: their steps, and the law that sampling starts from.</summary>
public abstract record DegradationOptions : ProcessOptions
{
    /// <summary>T.</summary>
    [Range(1, 10_000)]
    public int Steps { get; init; } = 50;

    /// <summary>Gaussians of the mixture that x_T is drawn from.</summary>
    [Range(1, 100)]
    public int StartComponents { get; init; } = 1;

    /// <summary>Principal components of x_T that the mixture describes; the rest stays at its mean.</summary>
    [Range(1, 500)]
    public int StartRank { get; init; } = 64;

    /// <summary>Standard deviation of the noise that breaks the symmetry of drawn x_T (Bansal et al. 2022, section 5.2).</summary>
    [Range(0.0, 1.0)]
    public double StartNoise { get; init; } = 0.002;
}
