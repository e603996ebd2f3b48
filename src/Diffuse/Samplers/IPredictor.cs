using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>x_s as a predictor sees it from x_t: N(Mean, Deviation^2 I).</summary>
public readonly record struct Prediction(Tensor Mean, double Deviation);

/// <summary>
/// A numerical step of the reverse-time SDE dx = (f x - g^2 score) dt + g dw, or of the probability-flow ODE (Song et al. 2021, section 4).
/// </summary>
public interface IPredictor
{
    /// <param name="s">The less noisy time.</param>
    Prediction Predict(Denoiser D, Tensor x, double t, double s);
}

/// <summary>How a config names a predictor: <c>predictor: reverse-diffusion</c>.</summary>
public abstract record PredictorOptions
{
    /// <exception cref="ConfigException">The step has no meaning on this process.</exception>
    public abstract IPredictor Build(NoiseSchedule q);

    /// <summary>A process that keeps some signal to its end.</summary>
    /// <exception cref="ConfigException">The drift of its SDE is infinite at the end.</exception>
    protected static NoiseSchedule Finite(NoiseSchedule q, string kind) => double.IsFinite(q.DiffusionSquared(q.Horizon))
        ? q
        : throw new ConfigException($"predictor {kind} cannot start where a process leaves no signal: take predictor ancestral");
}
