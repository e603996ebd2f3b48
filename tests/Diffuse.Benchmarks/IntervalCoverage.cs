using System.CommandLine;
using System.Globalization;
using Diffuse.Evaluation;
using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Benchmarks;

/// <summary>
/// How often 95% intervals hold the truth: two Gaussians in 64 dimensions, with covariances that differ in every direction and means apart, drawn again and
/// again. Their Frechet distance is known; the squared maximum mean discrepancy is that of many more draws. A table in Markdown.
/// </summary>
internal static class IntervalCoverage
{
    private const int Dims = 64;

    public static Command Command()
    {
        var trials = new Option<int>("--trials") { DefaultValueFactory = _ => 400 };
        var count = new Option<int>("--count") { Description = "images of each set", DefaultValueFactory = _ => 2000 };
        var command = new Command("intervals", "How often the confidence intervals of distances hold the truth") { trials, count };
        command.SetAction(parsed => Run(parsed.GetValue(trials), parsed.GetValue(count)));
        return command;
    }

    private static void Run(int trials, int count)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var (first, second) = (new Law(1, spread: 0.3, apart: 0), new Law(2, spread: 0.5, apart: 0.25));
        var frechet = FrechetDistance.Between(first.Mean, first.Covariance, second.Mean, second.Covariance);
        var kernel = Truth(first, second);
        var (inFrechet, inKernel, distances) = (0, 0, new List<double>());
        for (var trial = 0; trial < trials; trial++)
        {
            using var inner = NewDisposeScope();
            var (x, y) = (first.Draw(count, 2 * trial), second.Draw(count, 2 * trial + 1));
            var distance = FrechetDistance.WithInterval(x, y, seed: trial);
            var discrepancy = KernelDistance.WithInterval(x, y);
            distances.Add(distance.Distance);
            inFrechet += Holds(distance.Low, frechet, distance.High);
            inKernel += Holds(discrepancy.Low, kernel, discrepancy.High);
        }

        Console.WriteLine($"| {trials} pairs of {count} points in {Dims} dimensions | truth | mean estimate | 95% intervals that hold the truth |\n|---|---|---|---|");
        Row("Frechet distance", frechet, distances.Average(), inFrechet);
        Row("kernel distance", kernel, double.NaN, inKernel);

        void Row(string name, double truth, double mean, int held)
        {
            var share = Metric.Share(name, held, trials);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"| {name} | {truth:g5} | {(double.IsNaN(mean) ? "" : mean.ToString("g5", CultureInfo.InvariantCulture))} | {share.Value:P1} ({share.Low:P1} to {share.High:P1}) |"));
        }
    }

    private static int Holds(double low, double truth, double high) => low <= truth && truth <= high ? 1 : 0;

    /// <summary>The mean over 40 pairs of 8,000 points, which has a hundredth of the variance of one pair.</summary>
    private static double Truth(Law first, Law second) => Enumerable.Range(0, 40).Average(i =>
    {
        using var inner = NewDisposeScope();
        return KernelDistance.WithInterval(first.Draw(8000, 1_000_000 + 2 * i), second.Draw(8000, 1_000_001 + 2 * i)).Distance;
    });

    /// <summary>N(mean, A A^T), A = I + spread G / sqrt(D), G of standard normals.</summary>
    private sealed class Law
    {
        private readonly Tensor root;

        public Law(int seed, double spread, double apart)
        {
            using var generator = new Generator((ulong)seed);
            root = eye(Dims, dtype: ScalarType.Float64) + randn([Dims, Dims], ScalarType.Float64, generator: generator) * (spread / Math.Sqrt(Dims));
            Mean = full(Dims, apart, ScalarType.Float64);
            Covariance = root.mm(root.t());
        }

        public Tensor Mean { get; }

        public Tensor Covariance { get; }

        public Tensor Draw(int count, long seed)
        {
            using var generator = new Generator(Seeds.Of(seed));
            return Mean + randn([count, Dims], ScalarType.Float64, generator: generator).mm(root.t());
        }
    }
}
