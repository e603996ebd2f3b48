using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using static TorchSharp.torch;

namespace Diffuse.Processes;

/// <summary>
/// Gaussian blur, step after step: A_t(x0) = G_t * ... * G_1 * x0 (Bansal et al. 2022, section 4.1).
/// </summary>
internal sealed class Blur(BlurOptions options) : Separable(options)
{
    private readonly double[] stds = options.Stds();

    /// <summary>Discrete: cut to 256 levels, as if the degraded image had been stored.</summary>
    /// <inheritdoc/>
    public override Tensor Corrupt(Tensor x0, Times t, Tensor eps) => options.Discrete
        ? ((At(x0, t) + 1) * 127.5).floor() / 127.5 - 1
        : base.Corrupt(x0, t, eps);

    /// <inheritdoc/>
    protected override double[,] Step(int n, int t)
    {
        var matrix = new double[n, n];
        if (options.Discrete && t == stds.Length)
        {
            for (var k = 0; k < n * n; k++)
            {
                matrix[k / n, k % n] = 1.0 / n;
            }

            return matrix;
        }

        var kernel = Kernel(options.KernelSize(stds[t - 1]), stds[t - 1]);
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < kernel.Length; j++)
            {
                matrix[i, Inside(i + j - kernel.Length / 2, n)] += kernel[j];
            }
        }

        return matrix;
    }

    /// <summary>exp(-d^2 / (2 std^2)) for the distances d from the middle, divided by their sum; the image's kernel is the outer square.</summary>
    internal static double[] Kernel(int size, double std)
    {
        var g = Enumerable.Range(0, size).Select(i => Math.Exp(-Math.Pow(i - size / 2, 2) / (2 * std * std))).ToArray();
        var sum = g.Sum();
        return Array.ConvertAll(g, value => value / sum);
    }

    /// <summary>The pixel that stands at position i of the continued axis.</summary>
    private int Inside(int i, int n)
    {
        if (options.Padding == BlurPadding.Circular || n == 1)
        {
            return (i % n + n) % n;
        }

        var period = 2 * (n - 1);
        var place = (i % period + period) % period;
        return Math.Min(place, period - place);
    }
}

/// <summary>How an image goes on beyond its border.</summary>
public enum BlurPadding
{
    /// <summary>With its other side.</summary>
    Circular,

    /// <summary>Mirrored about its outermost pixels.</summary>
    Reflect,
}

/// <summary>The standard deviation of G_t, in pixels.</summary>
public enum BlurRoutine
{
    /// <summary>std.</summary>
    Constant,

    /// <summary>std t.</summary>
    Incremental,

    /// <summary>e^(std (t - 1)).</summary>
    Exponential,

    /// <summary>0.35 + 0.01 (t - 1), whatever std is: the paper's for CIFAR-10.</summary>
    Special6,

    /// <summary>Such that all steps up to t together blur by a standard deviation that grows evenly from std to target_std.</summary>
    LinearAccumStd,

    /// <summary>Falling evenly from c to c std, with the c for which all steps together blur by target_std.</summary>
    LinearDecStd,
}

/// <summary>Gaussian blur; by default until one colour is left of images of 28 pixels.</summary>
[Kind("blur")]
public sealed record BlurOptions : DegradationOptions
{
    public BlurOptions() => Steps = 40;

    public BlurRoutine Routine { get; init; } = BlurRoutine.Constant;

    /// <summary>Pixels, or a number that the routine turns into pixels.</summary>
    [Range(1e-6, 1e3)]
    public double Std { get; init; } = 7;

    /// <summary>Pixels; for the routines that end there.</summary>
    [Range(1e-6, 1e3)]
    public double TargetStd { get; init; } = 20;

    /// <summary>The side of the kernels, odd; by default 2 ceil(2 std) + 1 of each step's own std.</summary>
    [Range(1, 1001)]
    public int? Kernel { get; init; }

    public BlurPadding Padding { get; init; }

    /// <summary>The last step leaves each channel's mean alone, and training images are cut to 256 levels.</summary>
    public bool Discrete { get; init; }

    /// <inheritdoc/>
    public override ForwardProcess Build()
    {
        if (Kernel % 2 == 0)
        {
            throw new ConfigException($"process blur has a kernel of {Kernel} pixels: take an odd number, so that it has a middle");
        }

        return Routine == BlurRoutine.LinearAccumStd && TargetStd < Std
            ? throw new ConfigException($"process blur grows from std {Std} to target_std {TargetStd}: take a larger target_std")
            : new Blur(this);
    }

    /// <summary>The standard deviations of G_1..G_T.</summary>
    internal double[] Stds()
    {
        var falling = Line(1, Std);
        var together = Line(Std, TargetStd);
        var c = TargetStd / Math.Sqrt(falling.Sum(std => std * std));
        return [.. Enumerable.Range(0, Steps).Select(i => Routine switch
        {
            BlurRoutine.Constant => Std,
            BlurRoutine.Incremental => Std * (i + 1),
            BlurRoutine.Exponential => Math.Exp(Std * i),
            BlurRoutine.Special6 => 0.35 + 0.01 * i,
            BlurRoutine.LinearAccumStd => i == 0 ? Std : Math.Sqrt(Math.Pow(together[i], 2) - Math.Pow(together[i - 1], 2)),
            _ => c * falling[i],
        })];
    }

    internal int KernelSize(double std) => Kernel ?? 2 * (int)Math.Ceiling(2 * std) + 1;

    private double[] Line(double first, double last) =>
        [.. Enumerable.Range(0, Steps).Select(i => first + i * (last - first) / Math.Max(Steps - 1, 1))];
}
