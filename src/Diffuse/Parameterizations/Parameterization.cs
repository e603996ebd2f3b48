using Diffuse.Configuration;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Parameterizations;

/// <summary>D(x; t) = Skip x + Out F(In x; Noise), Karras et al. 2022, equation 7.</summary>
public readonly record struct Preconditioning(double Skip, double Out, double In, double Noise);

/// <summary>What the network's output F means, as four numbers per time.</summary>
public abstract class Parameterization
{
    public abstract Preconditioning At(double t);

    /// <summary>The F for which D is exactly x0: F* = (x0 - c_skip x_t) / c_out, in the form that loses no precision.</summary>
    /// <param name="x0">[N, ...].</param>
    /// <param name="eps">The draw that x_t was made with.</param>
    public abstract Tensor Target(Tensor x0, Tensor eps, Times t);
}

/// <summary>How a config names a parameterization: <c>parameterization: v</c>.</summary>
public abstract record ParameterizationOptions
{
    /// <exception cref="ConfigException">The parameterization has no meaning on this process.</exception>
    public abstract Parameterization Build(ForwardProcess process);

    /// <summary>The process as one that adds Gaussian noise.</summary>
    /// <exception cref="ConfigException">It is a deterministic degradation.</exception>
    protected static NoiseSchedule Noisy(ForwardProcess process, string kind) => process as NoiseSchedule
        ?? throw new ConfigException($"parameterization {kind} needs a process that adds Gaussian noise; x0 works on every process");
}
