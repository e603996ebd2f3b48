using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Processes;

/// <summary>
/// Snowfall (Bansal et al. 2022, section 4.4) after ImageNet-C's corruption (Hendrycks and Dietterich 2019). On y = (x0 + 1) / 2, u = t / T:
///   A_t: y' = w y + (1 - w) max(y, 1.5 grey + 0.5), w = 1 - u (1 - whiten);   clamp(y' + L_t + L_t turned by 180 degrees, 0, 1).
/// The layer L_t is noise of flakes' size, shifted up by u mean, without what is below a threshold, and drawn out along the wind. It comes
/// from the seed alone, so that all images have the same snow and more of it at every step.
/// </summary>
internal sealed class Snow(SnowOptions options) : Degradation(options)
{
    /// <summary>L_t + turned L_t for t = 0..T, for each size of images.</summary>
    private readonly Dictionary<(int Height, int Width), double[][]> known = [];

    /// <inheritdoc/>
    protected override Tensor Degrade(Tensor x0, int[] t)
    {
        var (height, width) = ((int)x0.shape[2], (int)x0.shape[3]);
        var y = (x0 + 1) / 2;
        var w = Rows(t, step => [1 - (double)step / options.Steps * (1 - options.Whiten)], [1, 1, 1], x0);
        var white = maximum(y, 1.5 * y.mean([1], keepdim: true) + 0.5);
        var snow = Rows(t, step => Layers(height, width)[step], [1, height, width], x0);
        return (w * y + (1 - w) * white + snow).clamp(0, 1) * 2 - 1;
    }

    private double[][] Layers(int height, int width)
    {
        if (!known.TryGetValue((height, width), out var layers))
        {
            var random = Seeds.Random(options.Seed);
            var flakes = Enlarged(random, height, width);
            var angle = Math.PI * (0.25 + 0.5 * random.NextDouble()); // of the wind, downwards
            layers = new double[options.Steps + 1][];
            layers[0] = new double[height * width];
            for (var t = 1; t < layers.Length; t++)
            {
                var shift = options.Mean * t / options.Steps;
                var bright = Array.ConvertAll(flakes, flake => flake + shift < options.Threshold ? 0 : Math.Min(flake + shift, 1));
                var drawnOut = DrawnOut(bright, height, width, angle);
                layers[t] = [.. drawnOut.Zip(drawnOut.Reverse(), (layer, turned) => layer + turned)];
            }

            known[(height, width)] = layers;
        }

        return layers;
    }

    /// <summary>N(0, scale^2) for each flake of so many pixels, bilinear between them.</summary>
    private double[] Enlarged(Random random, int height, int width)
    {
        var (rows, columns) = ((int)(height / options.Flake) + 2, (int)(width / options.Flake) + 2);
        var coarse = new double[rows * columns];
        for (var k = 0; k < coarse.Length; k++)
        {
            coarse[k] = options.Scale * Gaussian.Draw(random);
        }

        return [.. Enumerable.Range(0, height * width).Select(k =>
        {
            var (y, x) = (k / width / options.Flake, k % width / options.Flake);
            var (i, j) = ((int)y, (int)x);
            double Row(int row) => (1 - (x - j)) * coarse[row * columns + j] + (x - j) * coarse[row * columns + j + 1];
            return (1 - (y - i)) * Row(i) + (y - i) * Row(i + 1);
        })];
    }

    /// <summary>Motion blur: the weighted mean along the wind, falling off like a Gaussian; the image goes on with its other side.</summary>
    private double[] DrawnOut(double[] layer, int height, int width, double angle)
    {
        var weights = Enumerable.Range(0, options.Streak + 1).Select(d => Math.Exp(-4.5 * Math.Pow(d / (options.Streak + 1.0), 2))).ToArray();
        var offsets = Enumerable.Range(0, weights.Length)
            .Select(d => ((int)Math.Round(d * Math.Sin(angle)), (int)Math.Round(d * Math.Cos(angle)))).ToArray();
        var total = weights.Sum();
        var result = new double[layer.Length];
        for (var k = 0; k < result.Length; k++)
        {
            for (var d = 0; d < weights.Length; d++)
            {
                var (y, x) = (Wrapped(k / width - offsets[d].Item1, height), Wrapped(k % width - offsets[d].Item2, width));
                result[k] += weights[d] / total * layer[y * width + x];
            }
        }

        return result;

        static int Wrapped(int i, int n) => (i % n + n) % n;
    }
}

/// <summary>Snow that falls thicker and thicker.</summary>
[Kind("snow")]
public sealed record SnowOptions : DegradationOptions
{
    public SnowOptions() => Steps = 40;

    /// <summary>Of the pattern of flakes.</summary>
    [Range(0, long.MaxValue)]
    public long Seed { get; init; }

    /// <summary>What is added to the flakes' brightness at T; 0.1 to 0.55 in ImageNet-C.</summary>
    [Range(0.0, 10.0)]
    public double Mean { get; init; } = 0.55;

    /// <summary>Standard deviation of the flakes' brightness.</summary>
    [Range(0.0, 10.0)]
    public double Scale { get; init; } = 0.3;

    /// <summary>Pixels from one flake to the next.</summary>
    [Range(1.0, 100.0)]
    public double Flake { get; init; } = 1.5;

    /// <summary>Flakes below this brightness are not seen.</summary>
    [Range(0.0, 10.0)]
    public double Threshold { get; init; } = 0.6;

    /// <summary>Pixels over which the wind draws a flake out.</summary>
    [Range(0, 100)]
    public int Streak { get; init; } = 4;

    /// <summary>The share of the image that is not whitened at T.</summary>
    [Range(0.0, 1.0)]
    public double Whiten { get; init; } = 0.6;

    /// <inheritdoc/>
    public override ForwardProcess Build() => new Snow(this);
}
