using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>Steps that change x_t without changing its time: they bring its law nearer to q(x_t) (Song et al. 2021, appendix G).</summary>
public interface ICorrector
{
    /// <summary>Passes through the network at each time.</summary>
    int Steps { get; }

    /// <param name="s">The time that the predictor goes to next.</param>
    Tensor Correct(Denoiser D, Tensor x, double t, double s, INoise z);
}

/// <summary>How a config names a corrector: <c>corrector: { kind: langevin, snr: 0.16, steps: 1 }</c>.</summary>
public abstract record CorrectorOptions
{
    public abstract ICorrector Build(NoiseSchedule q);
}

/// <summary>What correctors by Langevin steps share.</summary>
public abstract record LangevinCorrectorOptions : CorrectorOptions
{
    /// <summary>Langevin steps at each time.</summary>
    [Range(1, 1000)]
    public int Steps { get; init; } = 1;

    /// <summary>r: the step's noise against its score's part; 0.16 for vp and ve at 32 x 32 pixels, less for larger images.</summary>
    [Range(1e-6, 10.0)]
    public double Snr { get; init; } = 0.16;
}

/// <summary>No correction.</summary>
internal sealed class NoCorrector : ICorrector
{
    /// <inheritdoc/>
    public int Steps => 0;

    /// <inheritdoc/>
    public Tensor Correct(Denoiser D, Tensor x, double t, double s, INoise z) => x;
}

/// <summary>The predictor alone.</summary>
[Kind("none")]
public sealed record NoCorrectorOptions : CorrectorOptions
{
    /// <inheritdoc/>
    public override ICorrector Build(NoiseSchedule q) => new NoCorrector();
}
