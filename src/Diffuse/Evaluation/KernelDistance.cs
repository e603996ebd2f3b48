using static TorchSharp.torch;

namespace Diffuse.Evaluation;

/// <summary>
/// KID (Binkowski et al. 2018, section 4): the unbiased squared maximum mean discrepancy of features under k(x, y) = (x.y / D + 1)^3,
///   sum_(i != j) k(x_i, x_j) / (N (N - 1)) + sum_(i != j) k(y_i, y_j) / (M (M - 1)) - 2 sum k(x_i, y_j) / (N M),
/// of all images at once. Its mean does not depend on the numbers of images, and can be below zero.
/// </summary>
public static class KernelDistance
{
    /// <summary>Rows of the kernel that are in memory at a time.</summary>
    private const int Rows = 1024;

    /// <summary>With a 95% interval by the jackknife over the images of both sets.</summary>
    /// <param name="x">[N, D], N at least 3.</param>
    /// <param name="y">[M, D], M at least 3.</param>
    public static (double Distance, double Low, double High) WithInterval(Tensor x, Tensor y)
    {
        using var scope = NewDisposeScope();
        var (n, m) = (x.shape[0], y.shape[0]);
        var (a, b) = (Sums(x, x, own: true), Sums(y, y, own: true));                                                  // [N], [M]
        var (c, d) = (Sums(x, y, own: false), Sums(y, x, own: false));                                                // [N], [M]
        var (within, among, between) = (a.sum(), b.sum(), c.sum());
        var distance = within / (n * (n - 1.0)) + among / (m * (m - 1.0)) - 2 * between / ((double)n * m);
        var withoutX = (within - 2 * a) / ((n - 1.0) * (n - 2)) + among / (m * (m - 1.0)) - 2 * (between - c) / ((n - 1.0) * m);
        var withoutY = within / (n * (n - 1.0)) + (among - 2 * b) / ((m - 1.0) * (m - 2)) - 2 * (between - d) / (n * (m - 1.0));
        var half = 1.96 * Math.Sqrt(Jackknife(withoutX) + Jackknife(withoutY));
        var value = distance.item<double>();
        return (value, value - half, value + half);
    }

    /// <summary>(N - 1) / N sum (theta_i - mean)^2.</summary>
    private static double Jackknife(Tensor left) => ((left - left.mean()).square().sum() * (left.shape[0] - 1.0) / left.shape[0]).item<double>();

    /// <summary>[N], the sum over j of k(x_i, y_j), without j = i where both are the same set.</summary>
    private static Tensor Sums(Tensor x, Tensor y, bool own)
    {
        var (a, b) = (x.to(ScalarType.Float64), y.to(ScalarType.Float64));
        var sums = cat([.. a.split(Rows).Select(OfRows)]);
        return own ? sums - Kernel(a.square().sum(1), a.shape[1]) : sums;

        Tensor OfRows(Tensor rows)
        {
            using var scope = NewDisposeScope(); // the kernels of all rows would be the largest tensors of an evaluation
            return Kernel(rows.mm(b.t()), a.shape[1]).sum(1).MoveToOuterDisposeScope();
        }
    }

    private static Tensor Kernel(Tensor products, long size) => (products / size + 1).pow(3);
}
