using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>How t walks along a grid.</summary>
public interface ISampler
{
    /// <summary>x [N, C, H, W] at the last time of the grid, from x at the first. The caller owns the result.</summary>
    Tensor Sample(Denoiser D, Tensor x, TimeGrid grid, INoise z);

    /// <summary>How often the denoiser is asked along the grid.</summary>
    int Evaluations(TimeGrid grid) => grid.Steps;
}

/// <summary>A sampler whose step from t to s needs nothing of the steps before.</summary>
public abstract class StepSampler : ISampler
{
    protected abstract Tensor Step(Denoiser D, Tensor x, double t, double s, INoise z);

    /// <summary>The step from time i of the grid to the next, for samplers that look at the grid as a whole.</summary>
    protected virtual Tensor Step(Denoiser D, Tensor x, TimeGrid grid, int i, INoise z) => Step(D, x, grid.Times[i], grid.Times[i + 1], z);

    /// <inheritdoc/>
    public virtual int Evaluations(TimeGrid grid) => grid.Steps;

    /// <summary>Evaluations where every step has two, but for one onto clean data.</summary>
    protected static int TwoAStep(TimeGrid grid) => 2 * grid.Steps - (grid.Times[^1] == 0 ? 1 : 0);

    /// <inheritdoc/>
    public Tensor Sample(Denoiser D, Tensor x, TimeGrid grid, INoise z)
    {
        using var noGradients = no_grad();
        x = x.alias();
        for (var i = 0; i < grid.Steps; i++)
        {
            using var scope = NewDisposeScope();
            using var before = x;
            x = Step(D, x, grid, i, z).MoveToOuterDisposeScope();
        }

        return x;
    }
}

/// <summary>How a config names a sampler: <c>sampler: { kind: ddim, eta: 0 }</c>.</summary>
public abstract record SamplerOptions
{
    /// <exception cref="ConfigException">The sampler does not work on this process.</exception>
    public abstract ISampler Build(ForwardProcess process);

    /// <summary>Whether it draws no noise and also walks up a grid: it then encodes an image into the noise that it decodes to that image.</summary>
    public virtual bool Encodes => false;

    /// <summary>The process as one that adds Gaussian noise.</summary>
    /// <exception cref="ConfigException">It is a deterministic degradation.</exception>
    protected static NoiseSchedule Noisy(ForwardProcess process, string kind) => process as NoiseSchedule
        ?? throw new ConfigException($"sampler {kind} needs a process that adds Gaussian noise");

    /// <summary>The process as one whose probability-flow ODE can be followed in its own time.</summary>
    /// <exception cref="ConfigException">It is a deterministic degradation, or its signal vanishes infinitely fast, as the root of the time left.</exception>
    protected static NoiseSchedule Moving(ForwardProcess process, string kind) => Noisy(process, kind) is { HasFlow: true } q
        ? q
        : throw new ConfigException($"sampler {kind} cannot start where the signal vanishes infinitely fast, as at the end of this process: take ddim or edm");
}
