using static TorchSharp.torch;

namespace Diffuse.Processes;

/// <summary>
/// A linear degradation that treats rows and columns alike: A_t(x0) = P_t x0 P_t^T for each channel, with P_t = S_t ... S_1 an n x n matrix for an
/// axis of n pixels. The products are computed once for each size in double precision, so that a batch of images at any steps takes two
/// products of matrices, whatever t is.
/// </summary>
internal abstract class Separable(DegradationOptions options) : Degradation(options)
{
    private readonly int steps = options.Steps;
    private readonly Dictionary<int, double[][]> known = [];

    /// <summary>S_t on an axis of n pixels, t = 1..T.</summary>
    protected abstract double[,] Step(int n, int t);

    /// <inheritdoc/>
    protected sealed override Tensor Degrade(Tensor x0, int[] t)
    {
        var (height, width) = ((int)x0.shape[2], (int)x0.shape[3]);
        Tensor Matrices(int n) => Rows(t, step => Products(n)[step], [1, n, n], x0);
        return Matrices(height).matmul(x0).matmul(Matrices(width).transpose(2, 3));
    }

    /// <summary>P_0..P_T, row by row.</summary>
    private double[][] Products(int n)
    {
        if (!known.TryGetValue(n, out var products))
        {
            products = new double[steps + 1][];
            products[0] = new double[n * n];
            for (var i = 0; i < n; i++)
            {
                products[0][i * n + i] = 1;
            }

            for (var t = 1; t <= steps; t++)
            {
                products[t] = Product(Step(n, t), products[t - 1], n);
            }

            known[n] = products;
        }

        return products;
    }

    /// <summary>S P. S is nearly empty: a pixel comes from a few.</summary>
    private static double[] Product(double[,] s, double[] p, int n)
    {
        var product = new double[n * n];
        for (var i = 0; i < n; i++)
        {
            for (var k = 0; k < n; k++)
            {
                for (var j = 0; s[i, k] != 0 && j < n; j++)
                {
                    product[i * n + j] += s[i, k] * p[k * n + j];
                }
            }
        }

        return product;
    }
}
