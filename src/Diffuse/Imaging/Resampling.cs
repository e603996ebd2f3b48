using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

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
    private const int Kept = 64;

    private static readonly ConcurrentDictionary<(Filter Filter, int From, double Start, double Window, int To), Resampling> made = new();

    private readonly int[] first;
    private readonly int[][] fixedPoint;
    private readonly Vector256<int>[][] pairs;

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
        pairs = Array.ConvertAll(fixedPoint, Pairs);
    }

    public int Length => first.Length;

    public bool IsIdentity { get; }

    /// <summary>The index of the first source sample of each output.</summary>
    public IReadOnlyList<int> First => first;

    /// <summary>The weights of each output.</summary>
    public double[][] Weights { get; }

    /// <summary>One past the last source sample that any output reads.</summary>
    public int End => first[^1] + Weights[^1].Length;

    /// <summary>As the constructor; the last that were asked for are kept, since the images of a data set are often of one size.</summary>
    public static Resampling Of(Filter filter, int from, double start, double window, int to)
    {
        if (made.Count >= Kept)
        {
            made.Clear();
        }

        return made.GetOrAdd((filter, from, start, window, to), key => new(key.Filter, key.From, key.Start, key.Window, key.To));
    }

    /// <summary>Along a row: [n, channels] to [m, channels], of 1 or 3 channels.</summary>
    public void Row(ReadOnlySpan<byte> source, Span<byte> target, int channels)
    {
        if (IsIdentity)
        {
            source.CopyTo(target);
            return;
        }

        for (var i = 0; i < first.Length; i++)
        {
            var window = source[(channels * first[i])..];
            if (channels == 1)
            {
                target[i] = Clip(Half + Sum(window, fixedPoint[i]));
            }
            else
            {
                var rgb = Clip(Vector256.Create(Half) + ColourSum(window, pairs[i]));
                (target[3 * i], target[3 * i + 1], target[3 * i + 2]) = ((byte)rgb[0], (byte)rgb[1], (byte)rgb[2]);
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
        var window = rows.Slice((first[i] - offset) * stride, weights.Length * stride);
        ref var start = ref MemoryMarshal.GetReference(window);
        var x = 0;
        for (; x <= stride - 8; x += 8)
        {
            var sums = Vector256.Create(Half);
            for (var k = 0; k < weights.Length; k++)
            {
                sums += Eight(ref Unsafe.Add(ref start, k * stride + x)) * weights[k];
            }

            var clipped = Clip(sums).AsUInt32();
            var shorts = Vector128.Narrow(clipped.GetLower(), clipped.GetUpper());
            MemoryMarshal.Write(target[x..], Vector128.Narrow(shorts, shorts).AsUInt64()[0]);
        }

        for (; x < stride; x++)
        {
            var sum = Half;
            for (var k = 0; k < weights.Length; k++)
            {
                sum += weights[k] * window[k * stride + x];
            }

            target[x] = Clip(sum);
        }
    }

    /// <summary>The sum of w[k] x[k].</summary>
    private static int Sum(ReadOnlySpan<byte> pixels, ReadOnlySpan<int> weights)
    {
        var (sums, k) = (Vector256<int>.Zero, 0);
        for (; k <= weights.Length - 8; k += 8)
        {
            sums += Eight(ref MemoryMarshal.GetReference(pixels.Slice(k, 8))) * Vector256.Create(weights[k..]);
        }

        var sum = Vector256.Sum(sums);
        for (; k < weights.Length; k++)
        {
            sum += weights[k] * pixels[k];
        }

        return sum;
    }

    /// <summary>The same of pixels of three bytes, in elements 0 to 2.</summary>
    /// <param name="pixels">To the end of the row, beyond what has weights.</param>
    private static Vector256<int> ColourSum(ReadOnlySpan<byte> pixels, Vector256<int>[] pairs)
    {
        var read = 6 * pairs.Length + 2;
        if (pixels.Length < read)
        {
            var padded = new byte[read];
            pixels.CopyTo(padded);
            pixels = padded;
        }

        ref var start = ref MemoryMarshal.GetReference(pixels);
        var sums = Vector256<int>.Zero;
        for (var k = 0; k < pairs.Length; k++)
        {
            sums += Eight(ref Unsafe.Add(ref start, 6 * k)) * pairs[k];
        }

        return sums + Vector256.Shuffle(sums, Vector256.Create(3, 4, 5, 3, 4, 5, 6, 7));
    }

    /// <summary>The weights of two pixels after each other: w w w v v v 0 0.</summary>
    private static Vector256<int>[] Pairs(int[] weights) =>
        [.. weights.Chunk(2).Select(pair => (W: pair[0], V: pair.ElementAtOrDefault(1))).Select(p => Vector256.Create(p.W, p.W, p.W, p.V, p.V, p.V, 0, 0))];

    private static Vector256<int> Eight(ref byte first)
    {
        var bytes = Vector128.CreateScalar(Unsafe.ReadUnaligned<ulong>(ref first)).AsByte();
        if (Avx2.IsSupported)
        {
            return Avx2.ConvertToVector256Int32(bytes);
        }

        var (low, high) = Vector128.Widen(Vector128.WidenLower(bytes));
        return Vector256.Create(low, high).AsInt32();
    }

    private static Vector256<int> Clip(Vector256<int> sums) =>
        Vector256.Min(Vector256.Max(sums >> Precision, Vector256<int>.Zero), Vector256.Create(255));

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
