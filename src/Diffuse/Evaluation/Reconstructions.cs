using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Networks;
using Diffuse.Objectives;
using static TorchSharp.torch;

namespace Diffuse.Evaluation;

/// <summary>How near an autoencoder's reconstructions of held-out images are: peak signal-to-noise ratio and structural similarity, means over images.</summary>
internal sealed class Reconstructions(Autoencoder network, int images) : IEvaluator
{
    /// <inheritdoc/>
    public IReadOnlyList<Metric> Evaluate(EvaluationContext c, CancellationToken stop)
    {
        using var noGradients = no_grad();
        List<double> psnr = [], ssim = [];
        foreach (var batch in c.HeldOut.First(images))
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var decoded = network.Decode(network.Encode(batch.Images)).clamp(-1, 1);
            psnr.AddRange(Fidelity.Psnr(decoded, batch.Images));
            ssim.AddRange(Fidelity.Ssim(decoded, batch.Images));
        }

        return [Metric.Of("psnr", psnr, "dB"), Metric.Of("ssim", ssim, "share")];
    }
}

/// <summary>Held-out images encoded and decoded.</summary>
[Kind("reconstruction")]
public sealed record ReconstructionOptions : EvaluatorOptions
{
    /// <summary>At most so many of the held-out images.</summary>
    [Range(1, int.MaxValue)]
    public int Images { get; init; } = 1000;

    /// <inheritdoc/>
    public override IEvaluator Build(ObjectiveParts parts) => parts.Network is Autoencoder network
        ? new Reconstructions(network, Images)
        : throw new ConfigException("evaluation: reconstruction is of autoencoders; found another network");
}
