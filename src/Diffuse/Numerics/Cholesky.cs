using static TorchSharp.torch;

namespace Diffuse.Numerics;

/// <summary>
/// Cholesky factors of small matrices, a batch of them, in double precision on one thread: the same on every machine. (The threaded routine of
/// OpenBLAS 0.3.21 may wait for itself forever.)
/// </summary>
internal static class Cholesky
{
    /// <summary>The lower triangular L with L L^T = a.</summary>
    /// <param name="a">[K, n, n] float64, symmetric and positive definite.</param>
    /// <exception cref="ArgumentException">One is not positive definite.</exception>
    public static Tensor Factor(Tensor a) => Each(a, (m, l, n) =>
    {
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var rest = m[i * n + j];
                for (var k = 0; k < j; k++)
                {
                    rest -= l[i * n + k] * l[j * n + k];
                }

                if (i == j && !(rest > 0))
                {
                    throw new ArgumentException("the matrix is not positive definite", nameof(a));
                }

                l[i * n + j] = i == j ? Math.Sqrt(rest) : rest / l[j * n + j];
            }
        }
    });

    /// <summary>L^-1.</summary>
    /// <param name="factor">[K, n, n] lower triangular.</param>
    public static Tensor Inverse(Tensor factor) => Each(factor, (l, inverse, n) =>
    {
        for (var j = 0; j < n; j++)
        {
            inverse[j * n + j] = 1 / l[j * n + j];
            for (var i = j + 1; i < n; i++)
            {
                var sum = 0.0;
                for (var k = j; k < i; k++)
                {
                    sum -= l[i * n + k] * inverse[k * n + j];
                }

                inverse[i * n + j] = sum / l[i * n + i];
            }
        }
    });

    private delegate void Fill(ReadOnlySpan<double> from, Span<double> to, int n);

    private static Tensor Each(Tensor matrices, Fill fill)
    {
        using var scope = NewDisposeScope();
        var n = (int)matrices.shape[^1];
        var from = matrices.cpu().to(ScalarType.Float64).contiguous().data<double>().ToArray();
        var to = new double[from.Length];
        for (var start = 0; start < from.Length; start += n * n)
        {
            fill(from.AsSpan(start, n * n), to.AsSpan(start, n * n), n);
        }

        return tensor(to, matrices.shape).MoveToOuterDisposeScope();
    }
}
