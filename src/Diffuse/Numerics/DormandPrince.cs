using static TorchSharp.torch;

namespace Diffuse.Numerics;

/// <summary>
/// dy/dt = f(t, y) by the embedded Runge-Kutta pair of orders 5 and 4 (Dormand and Prince 1980) with the step control of Hairer, Norsett and Wanner
/// (1993, section II.4) and the constants of scipy's RK45. The error is the root mean square over all elements of error / (atol + rtol |y|).
/// </summary>
internal static class DormandPrince
{
    private static readonly double[] nodes = [0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1, 1];

    /// <summary>Row i makes stage i of the stages before it; the last row is the solution of order 5, whose stage is the next step's first.</summary>
    private static readonly double[][] stages =
    [
        [],
        [1.0 / 5],
        [3.0 / 40, 9.0 / 40],
        [44.0 / 45, -56.0 / 15, 32.0 / 9],
        [19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729],
        [9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656],
        [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84],
    ];

    /// <summary>The solution of order 5 less that of order 4.</summary>
    private static readonly double[] error = [-71.0 / 57600, 0, 71.0 / 16695, -71.0 / 1920, 17253.0 / 339200, -22.0 / 525, 1.0 / 40];

    /// <summary>y at <paramref name="to"/>, which may be before <paramref name="from"/>.</summary>
    /// <param name="y">Float64, any shape. What f returns is taken in float64 too.</param>
    /// <exception cref="ArithmeticException">The steps become smaller than the clock resolves, or y is no number.</exception>
    public static Tensor Solve(Func<double, Tensor, Tensor> f, double from, double to, Tensor y, double rtol, double atol)
    {
        using var scope = NewDisposeScope();
        var (t, direction, start) = (from, Math.Sign(to - from), y);
        var slope = F(t, y);
        var h = from == to ? 0 : FirstStep();
        while (direction * (to - t) > 0)
        {
            using var step = NewDisposeScope();
            var smallest = 10 * Math.Abs(Math.BitIncrement(t) - t);
            var growth = 10.0;
            while (true)
            {
                if (!(h >= smallest))
                {
                    throw new ArithmeticException($"the adaptive solver is stuck at time {t:g6}: loosen rtol and atol");
                }

                using var attempt = NewDisposeScope();
                var next = direction * (to - (t + direction * h)) < 0 ? to : t + direction * h;
                var k = new List<Tensor> { slope };
                var reached = y;
                for (var i = 1; i < stages.Length; i++)
                {
                    reached = y + Combined(k, stages[i], next - t);
                    k.Add(F(t + nodes[i] * (next - t), reached));
                }

                h = Math.Abs(next - t);
                var off = Norm(Combined(k, error, next - t) / (atol + rtol * maximum(y.abs(), reached.abs())));
                if (off < 1)
                {
                    h *= off == 0 ? growth : Math.Min(growth, 0.9 * Math.Pow(off, -0.2));
                    (t, y, slope) = (next, Replace(y, reached), Replace(slope, k[^1]));
                    break;
                }

                h *= Math.Max(0.2, 0.9 * Math.Pow(off, -0.2));
                growth = 1;
            }
        }

        return ReferenceEquals(y, start) ? y.alias().MoveToOuterDisposeScope() : y.MoveToOuterDisposeScope();

        Tensor F(double time, Tensor at) => f(time, at).to(ScalarType.Float64, copy: true);

        // The old value goes at once; the new one moves out of the attempt's scope and of the step's.
        Tensor Replace(Tensor old, Tensor value)
        {
            if (!ReferenceEquals(old, start))
            {
                old.Dispose();
            }

            return value.MoveToOuterDisposeScope().MoveToOuterDisposeScope();
        }

        double FirstStep()
        {
            using var inner = NewDisposeScope();
            var scale = atol + rtol * y.abs();
            var (d0, d1) = (Norm(y / scale), Norm(slope / scale));
            var h0 = Math.Min(d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * d0 / d1, Math.Abs(to - from));
            var d2 = Norm((F(from + direction * h0, y + direction * h0 * slope) - slope) / scale) / h0;
            var h1 = d1 <= 1e-15 && d2 <= 1e-15 ? Math.Max(1e-6, h0 * 1e-3) : Math.Pow(0.01 / Math.Max(d1, d2), 0.2);
            return Math.Min(Math.Min(100 * h0, h1), Math.Abs(to - from));
        }
    }

    /// <summary>h times the weighted sum of slopes.</summary>
    private static Tensor Combined(List<Tensor> k, double[] weights, double h)
    {
        var sum = h * weights[0] * k[0];
        for (var i = 1; i < weights.Length; i++)
        {
            sum = weights[i] == 0 ? sum : sum + h * weights[i] * k[i];
        }

        return sum;
    }

    private static double Norm(Tensor v) => v.square().mean().sqrt().item<double>();
}
