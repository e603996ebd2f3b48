using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Networks;
using Diffuse.Objectives;
using static TorchSharp.torch;

namespace Diffuse.Evaluation;

/// <summary>How near an autoencoder's reconstructions of held-out images are: peak signal-to-noise ratio and structural similarity, means over images.</summary>
/// <param name="features">In which their Frechet distance from the images is taken; null: it is not.</param>
internal sealed class Reconstructions(Autoencoder network, int images, IFeatureNetwork? features) : IEvaluator
{
    /// <inheritdoc/>
    public IReadOnlyList<Metric> Evaluate(EvaluationContext c, CancellationToken stop)
    {
        using var noGradients = no_grad();
        using var lasting = NewDisposeScope();
        List<double> psnr = [], ssim = [];
        List<Tensor> real = [], made = [];
        foreach (var batch in c.HeldOut.First(images))
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var decoded = network.Decode(network.Encode(batch.Images)).clamp(-1, 1);
            psnr.AddRange(Fidelity.Psnr(decoded, batch.Images));
            ssim.AddRange(Fidelity.Ssim(decoded, batch.Images));
            if (features is not null)
            {
                real.Add(features.Of(batch.Images).Vectors.cpu().to(float32).MoveToOuterDisposeScope());
                made.Add(features.Of(decoded).Vectors.cpu().to(float32).MoveToOuterDisposeScope());
            }
        }

        IReadOnlyList<Metric> metrics = [Metric.Of("psnr", psnr, "dB"), Metric.Of("ssim", ssim, "share")];
        if (features is null)
        {
            return metrics;
        }

        var (value, low, high) = FrechetDistance.WithInterval(cat([.. real], 0), cat([.. made], 0), c.Seed);
        return [.. metrics, new(features.IsInception ? "rFID" : $"rfd[{features.Name}]", value, psnr.Count, "distance", low, high)];
    }
}

/// <summary>Held-out images encoded and decoded.</summary>
[Kind("reconstruction")]
public sealed record ReconstructionOptions : EvaluatorOptions
{
    /// <summary>At most so many of the held-out images.</summary>
    [Range(1, int.MaxValue)]
    public int Images { get; init; } = 1000;

    /// <summary>The network in whose features reconstructions' Frechet distance from the images is taken; null: none.</summary>
    public FeatureOptions? Features { get; init; }

    /// <inheritdoc/>
    public override IEvaluator Build(ObjectiveParts parts) => parts.Network is Autoencoder network
        ? new Reconstructions(network, Images, Features?.Build(parts.Features!))
        : throw new ConfigException("evaluation: reconstruction is of autoencoders; found another network");
}
