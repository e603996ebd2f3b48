using Diffuse.Configuration;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Parameterizations;

/// <summary>F is the clean image itself: D = F. Works on every process, degradations without noise included (Bansal et al. 2022).</summary>
internal sealed class Clean(ForwardProcess process) : Parameterization
{
    /// <inheritdoc/>
    public override Preconditioning At(double t) => new(0, 1, 1, process.Label(t));

    /// <inheritdoc/>
    public override Tensor Target(Tensor x0, Tensor eps, Times t) => x0;
}

/// <summary>The network predicts the clean image.</summary>
[Kind("x0")]
public sealed record CleanOptions : ParameterizationOptions
{
    /// <inheritdoc/>
    public override Parameterization Build(ForwardProcess process) => new Clean(process);
}
