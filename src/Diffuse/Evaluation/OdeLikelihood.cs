using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Objectives;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Evaluation;

/// <summary>The law of Hutchinson's probes.</summary>
public enum Probe
{
    /// <summary>+1 or -1: the smaller error.</summary>
    Rademacher,

    /// <summary>N(0, I).</summary>
    Gaussian,
}

/// <summary>
/// -log2 p(x) per dimension of held-out images by <see cref="FlowLikelihood"/>. Images of 256 levels are dequantized uniformly, (k + u) / 128 - 1,
/// which makes the number a bound on that of the levels (Theis et al. 2016), and 7 bits lead from the density on [-1, 1] to the levels.
/// </summary>
internal sealed class OdeLikelihood(Model model, NoiseSchedule q, OdeLikelihoodOptions options) : IEvaluator
{
    /// <summary>The interval over images covers the trace's error too; the latter is given by itself where several probes show it.</summary>
    /// <inheritdoc/>
    public IReadOnlyList<Metric> Evaluate(EvaluationContext c, CancellationToken stop)
    {
        using var noGradients = no_grad();
        var flow = new FlowLikelihood(q, options.Epsilon, options.Rtol, options.Atol);
        List<double> bits = [], variances = [];
        foreach (var batch in c.HeldOut.First(options.Images))
        {
            using var scope = NewDisposeScope();
            using var z = new PerImageNoise(c.Seed, [.. batch.Indices.Select(index => (long)index)]);
            var x = Dequantized(batch.Images, z);
            var probes = Enumerable.Range(0, options.Probes).Select(_ => Drawn(z.Normal(x))).ToList();
            var perProbe = BitsPerDim(flow.Of(Given(batch, stop), x, probes).LogDensity, x.numel() / x.shape[0]);
            bits.AddRange(perProbe.mean([1]).cpu().data<double>());
            variances.AddRange(options.Probes > 1 ? perProbe.var(1).cpu().data<double>() : []);
        }

        var total = Metric.Of("ode likelihood", bits, "bits/dim");
        return variances.Count == 0
            ? [total]
            : [total, new("standard error of its trace", Math.Sqrt(variances.Sum() / options.Probes) / bits.Count, bits.Count, "bits/dim")];
    }

    /// <summary>For data on [-1, 1] in 256 levels, from log-densities in nats.</summary>
    public static Tensor BitsPerDim(Tensor logDensity, long dimensions) => logDensity / (-Math.Log(2) * dimensions) + 7;

    private Denoiser Given(Batch batch, CancellationToken stop) => (x, t) =>
    {
        stop.ThrowIfCancellationRequested();
        return model.Denoise(x, t, batch.Condition);
    };

    /// <summary>u is uniform as the distribution function of a normal draw.</summary>
    private static Tensor Dequantized(Tensor images, INoise z)
    {
        var u = 0.5 * (1 + (z.Normal(images) / Math.Sqrt(2)).erf());
        return (((images + 1) * 127.5).round() + u) / 128 - 1;
    }

    private Tensor Drawn(Tensor normal) => options.Probe == Probe.Gaussian ? normal : (normal >= 0).to(normal.dtype) * 2 - 1;
}

/// <summary>
/// Exact likelihood in bits per dimension by the probability-flow ODE, for data of 256 levels. Takes some hundred passes forward and
/// <c>probes</c> times as many backward for each batch. Wants precision fp32: bf16's rounding slows the adaptive solver down. On a chain of counted steps
/// (linear, cosine, ncsn), whose flow has a kink at each of them, tighter tolerances are needed for the third decimal.
/// </summary>
[Kind("ode-likelihood")]
public sealed record OdeLikelihoodOptions : EvaluatorOptions
{
    /// <summary>At most so many of the held-out images.</summary>
    [Range(1, int.MaxValue)]
    public int Images { get; init; } = 256;

    /// <summary>Probes of the trace for each image; two and more show its error.</summary>
    [Range(1, 1000)]
    public int Probes { get; init; } = 2;

    /// <summary>rademacher or gaussian.</summary>
    public Probe Probe { get; init; }

    /// <summary>The time that the data are taken to have, as a share of the clock.</summary>
    [Range(1e-9, 0.1)]
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>Allowed error of the solver's step relative to the image.</summary>
    [Range(1e-13, 0.1)]
    public double Rtol { get; init; } = 1e-5;

    /// <summary>Allowed error beside that.</summary>
    [Range(1e-13, 0.1)]
    public double Atol { get; init; } = 1e-5;

    /// <inheritdoc/>
    public override IEvaluator Build(ObjectiveParts parts) => parts.Process is NoiseSchedule { HasFlow: true } q
        ? new OdeLikelihood(parts.Model, q, this)
        : throw new ConfigException("ode-likelihood needs a process that adds Gaussian noise, and a chain that leaves some signal at its end");
}
