using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Diffuse.Imaging;

/// <summary>The kernel of a resize. When shrinking it is stretched by the reduction, so that nothing aliases.</summary>
public enum Filter
{
    /// <summary>sinc(x) sinc(x/3), |x| at most 3: the sharpest.</summary>
    Lanczos,

    /// <summary>Keys' cubic convolution with a = -1/2.</summary>
    Bicubic,

    /// <summary>1 - |x|.</summary>
    Bilinear,

    /// <summary>The mean of what a pixel covers; enlarging repeats pixels.</summary>
    Box,
}

/// <summary>
/// Separable resampling of a window of n source samples to m: output i is the sum over k of w[i][k] x[first[i] + k], where the weights
/// are the kernel at the distance between the samples' centres, divided by max(1, window/m), cut at the source's ends, summing to 1.
/// The definition is Pillow's (Image.resize with box), and so are the bytes: weights of 22 bits, rows rounded to 8 bits between the passes.
/// </summary>
internal sealed class Resampling
{
    private const int Precision = 22;
    private const int Half = 1 << (Precision - 1);

    private readonly int[] first;
    private readonly int[][] fixedPoint;

    /// <param name="from">Number of source samples.</param>
    /// <param name="start">Where the window starts, in samples.</param>
    /// <param name="window">Its length in samples.</param>
    /// <param name="to">Number of output samples.</param>
    public Resampling(Filter filter, int from, double start, double window, int to)
    {
        var (kernel, radius) = Kernel(filter);
        var scale = window / to;
        var stretch = Math.Max(scale, 1.0);
        first = new int[to];
        Weights = new double[to][];
        IsIdentity = from == to && start == 0 && window == from;
        for (var i = 0; i < to; i++)
        {
            if (IsIdentity)
            {
                (first[i], Weights[i]) = (i, [1]);
                continue;
            }

            var centre = start + (i + 0.5) * scale;
            first[i] = Math.Max(0, (int)(centre - radius * stretch + 0.5));
            var end = Math.Min(from, (int)(centre + radius * stretch + 0.5));
            var taps = Enumerable.Range(first[i], end - first[i]).Select(k => kernel((k - centre + 0.5) / stretch)).ToArray();
            var sum = taps.Sum();
            Weights[i] = Array.ConvertAll(taps, w => w / sum);
        }

        fixedPoint = Array.ConvertAll(Weights, row => Array.ConvertAll(row, Fixed));
    }

    public int Length => first.Length;

    public bool IsIdentity { get; }

    /// <summary>The index of the first source sample of each output.</summary>
    public IReadOnlyList<int> First => first;

    /// <summary>The weights of each output.</summary>
    public double[][] Weights { get; }

    /// <summary>One past the last source sample that any output reads.</summary>
    public int End => first[^1] + Weights[^1].Length;

    /// <summary>Along a row: [n, channels] to [m, channels].</summary>
    public void Row(ReadOnlySpan<byte> source, Span<byte> target, int channels)
    {
        if (IsIdentity)
        {
            source.CopyTo(target);
            return;
        }

        for (var i = 0; i < first.Length; i++)
        {
            var weights = fixedPoint[i];
            var pixels = source.Slice(first[i] * channels, weights.Length * channels);
            if (channels == 1)
            {
                target[i] = Clip(Half + Sum(pixels, weights));
            }
            else
            {
                var rgb = Vector128.Create(Half) + ColourSum(pixels, weights);
                (target[3 * i], target[3 * i + 1], target[3 * i + 2]) = (Clip(rgb[0]), Clip(rgb[1]), Clip(rgb[2]));
            }
        }
    }

    /// <summary>
    /// Down the columns: row i of the output from rows of <paramref name="stride"/> bytes, the first of which is source row
    /// <paramref name="offset"/>.
    /// </summary>
    public void Column(int i, ReadOnlySpan<byte> rows, int stride, int offset, Span<byte> target)
    {
        var weights = fixedPoint[i];
        var sums = new int[stride];
        Array.Fill(sums, Half);
        for (var k = 0; k < weights.Length; k++)
        {
            Add(rows.Slice((first[i] + k - offset) * stride, stride), weights[k], sums);
        }

        for (var x = 0; x < sums.Length; x++)
        {
            target[x] = Clip(sums[x]);
        }
    }

    /// <summary>The sum of w[k] x[k].</summary>
    private static int Sum(ReadOnlySpan<byte> pixels, ReadOnlySpan<int> weights)
    {
        var (sums, k) = (Vector128<int>.Zero, 0);
        for (; k <= weights.Length - 4; k += 4)
        {
            sums += Four(pixels[k..]) * Vector128.Create(weights[k..]);
        }

        var sum = Vector128.Sum(sums);
        for (; k < weights.Length; k++)
        {
            sum += weights[k] * pixels[k];
        }

        return sum;
    }

    /// <summary>The same of pixels of three bytes; the fourth element means nothing.</summary>
    private static Vector128<int> ColourSum(ReadOnlySpan<byte> pixels, ReadOnlySpan<int> weights)
    {
        var last = weights.Length - 1;
        var sums = Vector128.Create(pixels[3 * last], pixels[3 * last + 1], pixels[3 * last + 2], 0) * weights[last];
        for (var k = 0; k < last; k++)
        {
            sums += Four(pixels[(3 * k)..]) * weights[k];
        }

        return sums;
    }

    /// <summary>sums[x] += weight row[x].</summary>
    private static void Add(ReadOnlySpan<byte> row, int weight, Span<int> sums)
    {
        var x = 0;
        for (; x <= row.Length - 4; x += 4)
        {
            (Vector128.Create<int>(sums[x..]) + Four(row[x..]) * weight).CopyTo(sums[x..]);
        }

        for (; x < row.Length; x++)
        {
            sums[x] += weight * row[x];
        }
    }

    private static Vector128<int> Four(ReadOnlySpan<byte> pixels) =>
        Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalar(MemoryMarshal.Read<uint>(pixels)).AsByte())).AsInt32();

    private static int Fixed(double weight) => (int)Math.Round(weight * (1 << Precision), MidpointRounding.AwayFromZero);

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> Precision, 0, 255);

    private static (Func<double, double> Kernel, double Radius) Kernel(Filter filter) => filter switch
    {
        Filter.Lanczos => (x => Math.Abs(x) < 3 ? Sinc(x) * Sinc(x / 3) : 0, 3),
        Filter.Bicubic => (Cubic, 2),
        Filter.Bilinear => (x => Math.Max(0, 1 - Math.Abs(x)), 1),
        Filter.Box => (x => x is > -0.5 and <= 0.5 ? 1 : 0, 0.5),
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, null),
    };

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x);

    /// <summary>Keys (1981), eq. 15 with a = -1/2.</summary>
    private static double Cubic(double x) => Math.Abs(x) switch
    {
        < 1 and var s => (1.5 * s - 2.5) * s * s + 1,
        < 2 and var s => ((-0.5 * s + 2.5) * s - 4) * s + 2,
        _ => 0,
    };
}
