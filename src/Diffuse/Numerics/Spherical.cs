using static TorchSharp.torch;

namespace Diffuse.Numerics;

/// <summary>
/// Spherical interpolation (Shoemake 1985): sin((1 - u) a) / sin a x + sin(u a) / sin a y with a the angle between x and y. Two Gaussian draws are
/// nearly orthogonal and equally long; what lies between them on a line is too short to be one, what lies on the arc is not.
/// </summary>
public static class Spherical
{
    /// <summary>Below this sine the arc is a line (or, between opposite ends, not determined), and the line is taken.</summary>
    private const double Flat = 1e-6;

    /// <param name="x">Any shape, as a single vector; the result at u = 0.</param>
    /// <param name="y">The same shape; the result at u = 1.</param>
    /// <param name="u">From 0 to 1.</param>
    public static Tensor Between(Tensor x, Tensor y, double u)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (x.flatten().to(ScalarType.Float64), y.flatten().to(ScalarType.Float64));
        var cosine = (a * b).sum().item<double>() / Math.Sqrt(a.square().sum().item<double>() * b.square().sum().item<double>());
        var angle = Math.Acos(Math.Clamp(double.IsNaN(cosine) ? 1 : cosine, -1, 1));
        var (ofX, ofY) = Math.Sin(angle) < Flat ? (1 - u, u) : (Math.Sin((1 - u) * angle) / Math.Sin(angle), Math.Sin(u * angle) / Math.Sin(angle));
        return (ofX * x + ofY * y).MoveToOuterDisposeScope();
    }
}
