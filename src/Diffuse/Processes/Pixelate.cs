using Diffuse.Configuration;

namespace Diffuse.Processes;

/// <summary>
/// Lower and lower resolution (Bansal et al. 2022, section 4.3): each step shrinks the result of the one before and enlarges it again by repeating
/// the nearest pixel.
/// </summary>
internal sealed class Pixelate(PixelateOptions options) : Separable(options)
{
    /// <inheritdoc/>
    protected override double[,] Step(int n, int t)
    {
        var m = Math.Max(options.Routine == PixelateRoutine.Halving ? n >> Math.Min(t, 30) : n - (t - 1), 1);
        var matrix = new double[n, n];
        for (var i = 0; i < n; i++)
        {
            foreach (var (k, weight) in Shrunk((int)((2L * i + 1) * m / (2L * n)), n, m))
            {
                matrix[i, k] += weight;
            }
        }

        return matrix;
    }

    /// <summary>Pixel j of m as a weighted sum of pixels of n, edges repeated, centres aligned, without antialiasing.</summary>
    private IEnumerable<(int Pixel, double Weight)> Shrunk(int j, int n, int m)
    {
        if (options.Filter == PixelateFilter.Area)
        {
            var (first, end) = (j * n / m, ((j + 1) * n + m - 1) / m);
            return Enumerable.Range(first, end - first).Select(k => (k, 1.0 / (end - first)));
        }

        var centre = (j + 0.5) * n / m - 0.5;
        var below = (int)Math.Floor(centre);
        return Enumerable.Range(below - 1, 4).Select(k => (Math.Clamp(k, 0, n - 1), Weight(Math.Abs(centre - k))));
    }

    /// <summary>The triangle, or the cubic convolution kernel with a = -0.75 (Keys 1981).</summary>
    private double Weight(double d)
    {
        const double a = -0.75;
        return options.Filter == PixelateFilter.Bilinear ? Math.Max(1 - d, 0)
            : d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1
            : d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
            : 0;
    }
}

/// <summary>The side of the images of step t.</summary>
public enum PixelateRoutine
{
    /// <summary>floor(n / 2^t).</summary>
    Halving,

    /// <summary>n - (t - 1): the first step changes nothing.</summary>
    Incremental,
}

/// <summary>How images are shrunk.</summary>
public enum PixelateFilter
{
    Bicubic,

    Bilinear,

    /// <summary>The mean of the pixels that are touched.</summary>
    Area,
}

/// <summary>Pixelation; by default three halvings, 32 pixels to 4.</summary>
[Kind("pixelate")]
public sealed record PixelateOptions : DegradationOptions
{
    public PixelateOptions() => Steps = 3;

    public PixelateRoutine Routine { get; init; }

    public PixelateFilter Filter { get; init; }

    /// <inheritdoc/>
    public override ForwardProcess Build() => new Pixelate(this);
}
