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
    public abstract Tensor Target(Tensor x0, Tensor eps, Times t);
}

/// <summary>How a config names a parameterization: <c>parameterization: v</c>.</summary>
public abstract record ParameterizationOptions
{
    public abstract Parameterization Build(ForwardProcess process);
}
