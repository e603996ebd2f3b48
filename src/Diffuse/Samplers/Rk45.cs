using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Samplers;

/// <summary>
/// The probability-flow ODE (Song et al. 2021, equation 13) by an adaptive Runge-Kutta solver, from the first time of the grid to the last above
/// 0, whatever is between; then the denoised image if the grid ends with clean data. The solver holds one error norm for the batch, so an
/// image depends on the images beside it within the tolerance.
/// </summary>
internal sealed class Rk45(NoiseSchedule q, double rtol, double atol) : ISampler
{
    /// <inheritdoc/>
    /// <remarks>A usual number; the solver decides.</remarks>
    public int Evaluations(TimeGrid grid) => 100;

    /// <inheritdoc/>
    public Tensor Sample(Denoiser D, Tensor x, TimeGrid grid, INoise z)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var last = grid.Times[^1];
        var end = last > 0 ? last : grid.Times[^2];
        var y = DormandPrince.Solve(
            (t, y) => q.Velocity(y, D(y.to(x.dtype), t).X0, t), grid.Times[0], end, x.to(ScalarType.Float64), rtol, atol).to(x.dtype);
        return (last > 0 ? y : D(y, end).X0).MoveToOuterDisposeScope();
    }
}

/// <summary>The probability-flow ODE by Dormand and Prince's pair of orders 5 and 4; takes as many passes as the tolerance asks for.</summary>
[Kind("rk45")]
public sealed record Rk45Options : SamplerOptions
{
    /// <summary>Allowed error of a step relative to the image.</summary>
    [Range(1e-13, 0.1)]
    public double Rtol { get; init; } = 1e-5;

    /// <summary>Allowed error of a step beside that.</summary>
    [Range(1e-13, 0.1)]
    public double Atol { get; init; } = 1e-5;

    /// <inheritdoc/>
    public override ISampler Build(ForwardProcess process)
    {
        var q = Noisy(process, "rk45");
        return q.HasFlow
            ? new Rk45(q, Rtol, Atol)
            : throw new ConfigException("sampler rk45 cannot start at the end of a chain that leaves no signal there: take ddim");
    }
}
