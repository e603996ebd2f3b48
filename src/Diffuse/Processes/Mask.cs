using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using static TorchSharp.torch;

namespace Diffuse.Processes;

/// <summary>
/// A hole that grows from a centre (Bansal et al. 2022, section 4.2): A_t(x0) = M_t x0 with M_t = m_1 ... m_t and
/// m_t = 1 - exp(-d^2 / (2 std_t^2)) at the distance d from the centre.
/// </summary>
internal sealed class Mask(MaskOptions options) : Degradation(options)
{
    /// <summary>M_0..M_T by distance in rows and in columns, for each size of images: 0..H-1 and 0..W-1.</summary>
    private readonly Dictionary<(int Height, int Width), double[][]> known = [];

    /// <inheritdoc/>
    public override Tensor Corrupt(Tensor x0, Times t, Tensor eps) => Masked(x0, Whole(t), options.RandomCentre ? Drawn(eps) : []);

    /// <summary>The centre, where random, is where x_t is nearest to 0: the mask is 0 there at every step.</summary>
    /// <inheritdoc/>
    public override Tensor Move(Tensor x, Tensor x0, double t, double s) =>
        Masked(x0, Whole(Times.All(s, x0.shape[0])), options.RandomCentre ? Seen(x) : []);

    /// <inheritdoc/>
    protected override Tensor Degrade(Tensor x0, int[] t) => Masked(x0, t, []);

    /// <param name="centres">Pixel numbers row by row, one for each image; empty: the middle.</param>
    private Tensor Masked(Tensor x0, int[] t, long[] centres)
    {
        var (height, width) = ((int)x0.shape[2], (int)x0.shape[3]);
        var byDistance = ByDistance(height, width);
        var middle = (height - 1) / 2 * width + (width - 1) / 2;
        var keys = t.Select((step, i) => (step, centre: centres.Length == 0 ? middle : (int)centres[i])).ToList();
        return x0 * Rows(keys, key => Centred(byDistance[key.step], key.centre / width, key.centre % width), [1, height, width], x0);

        double[] Centred(double[] mask, int y, int x)
        {
            var values = new double[height * width];
            for (var k = 0; k < values.Length; k++)
            {
                values[k] = mask[Math.Abs(k / width - y) * width + Math.Abs(k % width - x)];
            }

            return values;
        }
    }

    private double[][] ByDistance(int height, int width)
    {
        if (!known.TryGetValue((height, width), out var masks))
        {
            masks = [[.. Enumerable.Repeat(1.0, height * width)], .. options.Stds().Select(std => Enumerable.Range(0, height * width)
                .Select(k => 1 - Math.Exp(-(Math.Pow(k / width, 2) + Math.Pow(k % width, 2)) / (2 * std * std))).ToArray())];
            for (var t = 1; t < masks.Length; t++)
            {
                masks[t] = [.. masks[t].Zip(masks[t - 1], (m, before) => m * before)];
            }

            known[(height, width)] = masks;
        }

        return masks;
    }

    /// <summary>Uniform over the pixels, by the quantile of an image's first number.</summary>
    private static long[] Drawn(Tensor eps)
    {
        using var scope = NewDisposeScope();
        var pixels = eps.shape[2] * eps.shape[3];
        var u = 0.5 * (1 + (eps.flatten(1).select(1, 0).to(ScalarType.Float64) / Math.Sqrt(2)).erf());
        return (u * pixels).floor().clamp(0, pixels - 1).to(ScalarType.Int64).cpu().data<long>().ToArray();
    }

    private static long[] Seen(Tensor x)
    {
        using var scope = NewDisposeScope();
        return x.square().sum(1).flatten(1).argmin(1).cpu().data<long>().ToArray();
    }
}

/// <summary>The standard deviation of step t, in pixels.</summary>
public enum MaskRoutine
{
    /// <summary>std (t - 1 + initial).</summary>
    Incremental,

    /// <summary>std.</summary>
    Constant,
}

/// <summary>A fading Gaussian mask; by default the middle of 28 pixels is gone at the end and the border is left.</summary>
[Kind("mask")]
public sealed record MaskOptions : DegradationOptions
{
    public MaskRoutine Routine { get; init; }

    /// <summary>Pixels.</summary>
    [Range(1e-6, 1e3)]
    public double Std { get; init; } = 0.1;

    /// <summary>The first step of the incremental routine has this many times std.</summary>
    [Range(1, 1000)]
    public int Initial { get; init; } = 1;

    /// <summary>The hole is around another pixel of each image, rather than around the middle.</summary>
    public bool RandomCentre { get; init; }

    /// <inheritdoc/>
    public override ForwardProcess Build() => new Mask(this);

    internal IEnumerable<double> Stds() =>
        Enumerable.Range(0, Steps).Select(i => Routine == MaskRoutine.Constant ? Std : Std * (i + Initial));
}
