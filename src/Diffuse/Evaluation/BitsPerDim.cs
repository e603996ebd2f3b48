using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Objectives;
using Diffuse.Processes;
using Diffuse.Samplers;
using static TorchSharp.torch;

namespace Diffuse.Evaluation;

/// <summary>
/// The variational bound on -log2 p(x0) per dimension over held-out images: L_T, the sum of L_1..L_{T-1}, and L_0, the discretized decoder.
/// The sum is estimated for each image from a few of its steps unless all are asked for: drawn with probability p_k proportional to 1/k, which
/// is roughly how the terms fall, one in each of m strata of equal probability, and weighted by 1 / (m p_k). That is unbiased, and the
/// confidence interval over images covers it.
/// </summary>
/// <param name="draws">m; 0: every step.</param>
internal sealed class BitsPerDim(ChainBound bound, int draws, int images) : IEvaluator
{
    private readonly double[] p = Shares(bound.Steps);

    /// <inheritdoc/>
    public IReadOnlyList<Metric> Evaluate(EvaluationContext c, CancellationToken stop)
    {
        using var noGradients = no_grad();
        List<double> prior = [], middle = [], decoder = [];
        foreach (var batch in c.HeldOut.First(images))
        {
            using var scope = NewDisposeScope();
            using var z = new PerImageNoise(c.Seed, [.. batch.Indices.Select(index => (long)index)]);
            prior.AddRange(Values(bound.Prior(batch.Images)));
            middle.AddRange(draws == 0 ? Sum(batch, z, stop) : Estimated(batch, z, c.Seed, stop));
            decoder.AddRange(Values(bound.Term(batch.Images, batch.Condition, Same(1, batch), z)));
        }

        var total = prior.Select((value, i) => value + middle[i] + decoder[i]).ToList();
        return
        [
            Metric.Of("variational bound", total, "bits/dim"),
            Metric.Of("L_T", prior, "bits/dim"),
            Metric.Of("L_t", middle, "bits/dim"),
            Metric.Of("L_0", decoder, "bits/dim"),
        ];
    }

    private double[] Sum(Batch batch, INoise z, CancellationToken stop)
    {
        var sum = new double[batch.Indices.Count];
        for (var k = bound.Steps; k > 1; k--)
        {
            Add(sum, batch, Same(k, batch), z, _ => 1, stop);
        }

        return sum;
    }

    private double[] Estimated(Batch batch, INoise z, long seed, CancellationToken stop)
    {
        var sum = new double[batch.Indices.Count];
        for (var stratum = 0; stratum < draws && bound.Steps > 1; stratum++)
        {
            var k = batch.Indices.Select(index => Draw((stratum + Seeds.Random(seed, stratum, index).NextDouble()) / draws)).ToArray();
            Add(sum, batch, k, z, step => 1 / (draws * p[step]), stop);
        }

        return sum;
    }

    private void Add(double[] sum, Batch batch, int[] k, INoise z, Func<int, double> weight, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        using var scope = NewDisposeScope();
        var terms = Values(bound.Term(batch.Images, batch.Condition, k, z));
        for (var i = 0; i < sum.Length; i++)
        {
            sum[i] += weight(k[i]) * terms[i];
        }
    }

    /// <summary>The step k in 2..K at the share u of all probability.</summary>
    private int Draw(double u)
    {
        var k = 2;
        for (u -= p[2]; u >= 0 && k < bound.Steps; u -= p[k])
        {
            k++;
        }

        return k;
    }

    private static double[] Shares(int steps)
    {
        var weights = Enumerable.Range(0, steps + 1).Select(k => k < 2 ? 0 : 1.0 / k).ToArray();
        return Array.ConvertAll(weights, weight => weight / weights.Sum());
    }

    private static int[] Same(int k, Batch batch) => [.. Enumerable.Repeat(k, batch.Indices.Count)];

    private static double[] Values(Tensor t) => t.cpu().to(ScalarType.Float64).data<double>().ToArray();
}

/// <summary>Bits per dimension by the variational bound; for data of 256 levels.</summary>
[Kind("bits-per-dim")]
public sealed record BitsPerDimOptions : EvaluatorOptions
{
    /// <summary>Steps drawn for each image; 0: all of them (exact but for the noise, and T passes).</summary>
    [Range(0, 100_000)]
    public int Draws { get; init; } = 20;

    /// <summary>At most so many of the held-out images.</summary>
    [Range(1, int.MaxValue)]
    public int Images { get; init; } = 1000;

    /// <summary>The bound of sampling in so many steps; by default all that the process counts, in continuous time 1000.</summary>
    [Range(1, 1_000_000)]
    public int? Steps { get; init; }

    /// <summary>small, large or learned; by default learned where the model learned it, else small.</summary>
    public Variance? Variance { get; init; }

    /// <inheritdoc/>
    public override IEvaluator Build(ObjectiveParts parts)
    {
        var model = parts.Model;
        var q = model.Process as NoiseSchedule ?? throw new ConfigException("bits-per-dim needs a process that adds Gaussian noise");
        var chain = new TrailingOptions().Build(q, Steps ?? q.Steps ?? 1000).Times.Reverse().ToList();
        return new BitsPerDim(new ChainBound(model, q, chain, Variance), Draws, Images);
    }
}
