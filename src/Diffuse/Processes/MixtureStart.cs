using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Processes;

/// <summary>
/// The law of x_T of a degradation: mean + basis y with the basis [D, R] of the leading principal components of A_T(x0) and y from a Gaussian
/// mixture with full covariances. Where A_T leaves little (one colour for each image, say) that is exact: the components beyond have no
/// variance. Held in buffers, float32, so that checkpoints carry it.
/// </summary>
internal sealed class MixtureStart : nn.Module
{
    private readonly Tensor mean;
    private readonly Tensor basis;
    private readonly Tensor weights;
    private readonly Tensor centres;
    private readonly Tensor factors;

    /// <param name="size">D, the numbers of an image.</param>
    /// <param name="components">K.</param>
    /// <param name="rank">R at most; never more than D.</param>
    public MixtureStart(long size, int components, int rank) : base("mixture_start")
    {
        var r = Math.Min(rank, size);
        mean = zeros(size).DetachFromDisposeScope();
        basis = zeros(size, r).DetachFromDisposeScope();
        weights = zeros(components).DetachFromDisposeScope();
        centres = zeros(components, r).DetachFromDisposeScope();
        factors = zeros(components, r, r).DetachFromDisposeScope();
        RegisterComponents();
    }

    /// <param name="x">[N, D] float64 on the CPU.</param>
    /// <param name="random">Where the search for the mixture begins.</param>
    public void Fit(Tensor x, Random random)
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var r = basis.shape[1];
        var m = x.mean([0]);
        var centred = x - m;

        // Of the N x N matrix of products: N is a thousand where D may be many thousands. Directions without variance become 0; rows of zeros
        // make N at least R and change nothing.
        var rows = nn.functional.pad(centred, [0, 0, 0, Math.Max(r - x.shape[0], 0)]);
        var (values, vectors) = linalg.eigh(rows.matmul(rows.t()));
        var lambda = values.narrow(0, values.shape[0] - r, r);
        var scale = lambda.clamp_min(1e-300).rsqrt() * (lambda > 1e-10 * lambda.max()).to(ScalarType.Float64);
        var v = rows.t().matmul(vectors.narrow(1, vectors.shape[1] - r, r)) * scale;
        var mixture = GaussianMixture.Fit(centred.matmul(v), (int)weights.shape[0], random);
        foreach (var (buffer, value) in new[]
        {
            (mean, m), (basis, v), (weights, mixture.Weights), (centres, mixture.Means), (factors, mixture.Factors),
        })
        {
            buffer.copy_(value);
        }
    }

    /// <summary>A draw for each image.</summary>
    /// <param name="like">[N, ...], D numbers an image.</param>
    /// <exception cref="InvalidOperationException">Nothing was fitted or loaded.</exception>
    public Tensor Draw(Tensor like, INoise z)
    {
        using var scope = NewDisposeScope();
        if (weights.sum().item<float>() == 0)
        {
            throw new InvalidOperationException("the start of sampling was not measured");
        }

        var n = like.shape[0];
        var which = z.Normal(zeros(n, 1, device: mean.device));
        var y = new GaussianMixture(weights, centres, factors).Draw(which, z.Normal(zeros(n, basis.shape[1], device: mean.device)));
        return (mean + y.matmul(basis.t())).reshape(like.shape).to(like.dtype, like.device).MoveToOuterDisposeScope();
    }
}
