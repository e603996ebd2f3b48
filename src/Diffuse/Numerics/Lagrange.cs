namespace Diffuse.Numerics;

/// <summary>Integrals of a function that is known at a few points, by the polynomial through them.</summary>
internal static class Lagrange
{
    /// <summary>The weights W for which int w(u) p(u) du = sum W_i p(u_i) for every polynomial p of a degree below the number of points.</summary>
    /// <param name="points">u_i, no two the same.</param>
    /// <param name="moment">int w(u) u^k du.</param>
    public static double[] Weights(IReadOnlyList<double> points, Func<int, double> moment)
    {
        var moments = Enumerable.Range(0, points.Count).Select(moment).ToArray();
        return [.. points.Select((_, i) => Basis(points, i).Zip(moments, (coefficient, integral) => coefficient * integral).Sum())];
    }

    /// <summary>The coefficients of the polynomial that is 1 at point i and 0 at the others, the constant one first.</summary>
    private static double[] Basis(IReadOnlyList<double> points, int i)
    {
        var polynomial = new double[points.Count];
        polynomial[0] = 1;
        for (int j = 0, degree = 0; j < points.Count; j++)
        {
            if (j == i)
            {
                continue;
            }

            degree++;
            for (var k = degree; k >= 0; k--)
            {
                polynomial[k] = ((k > 0 ? polynomial[k - 1] : 0) - points[j] * polynomial[k]) / (points[i] - points[j]);
            }
        }

        return polynomial;
    }
}
