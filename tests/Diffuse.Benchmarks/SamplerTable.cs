using System.CommandLine;
using System.Globalization;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Evaluation;
using Diffuse.Jobs;
using static TorchSharp.torch;

namespace Diffuse.Benchmarks;

/// <summary>
/// Samplers against numbers of network evaluations on one trained model: the Frechet distance to as many real images in the features of a
/// <see cref="GarmentClassifier"/>, its interval, and the share of images in which the classifier reads the class asked for. A table in Markdown.
/// </summary>
internal static class SamplerTable
{
    public static Command Command()
    {
        var model = new Option<string>("--model") { Description = "a run's folder or a checkpoint", Required = true };
        var data = new Option<string>("--data") { Description = "real images of 28x28 in the same ten classes", DefaultValueFactory = _ => "data/fashion-mnist" };
        var count = new Option<int>("--count") { DefaultValueFactory = _ => 1000 };
        var rows = new Option<string[]>("--rows")
        {
            Description = "each: overrides separated by blanks, such as 'sampling.sampler=ddim sampling.steps=25 sampling.guidance=1'",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => ["sampling.guidance=1"],
        };
        var command = new Command("samplers", "Frechet distances of one model by sampler and number of steps") { model, data, count, rows };
        command.SetAction(parsed => Run(parsed.GetValue(model)!, parsed.GetValue(data)!, parsed.GetValue(count), parsed.GetValue(rows)!));
        return command;
    }

    private static void Run(string path, string folder, int count, string[] rows)
    {
        Machine.UseAllCores();
        using var noGradients = no_grad();
        var options = new DataOptions { Path = Path.GetFullPath(folder), Resolution = new(28, 28), Channels = 1, HeldOut = count };
        using var classifier = Trained(options);
        using var data = DataSet.Open(options, seed: 1, Console.Error.WriteLine);
        var real = cat([.. new ImageStream(data, 1, CPU).HeldOut(100).Select(batch => classifier.FeaturesOf(batch.Images))]);
        Console.WriteLine($"| {count} images | evaluations | Frechet distance | 95% interval | class read | seconds |\n|---|---|---|---|---|---|");
        var others = cat([.. new ImageStream(data, 1, CPU).Batches(0, 100).Take(count / 100).Select(batch => classifier.FeaturesOf(batch.Images))]);
        Console.WriteLine(FormattableString.Invariant($"| as many training images | | {FrechetDistance.Between(others, real):f2} | | | |"));
        Console.WriteLine(FormattableString.Invariant($"| uniform noise | | {FrechetDistance.Between(classifier.FeaturesOf(rand(count, 1, 28, 28) * 2 - 1), real):f2} | | | |"));
        foreach (var row in rows)
        {
            using var scope = NewDisposeScope();
            using var loaded = LoadedModel.OpenDenoiser(
                ModelChoice.At(path), [.. row.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(ConfigOverride.Parse)], Console.Error.WriteLine);
            var start = System.Diagnostics.Stopwatch.StartNew();
            var (features, right) = Drawn(loaded.Plan, classifier, count);
            var seconds = start.Elapsed.TotalSeconds;
            var (distance, low, high) = FrechetDistance.WithInterval(features, real, seed: 1);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {row.Replace("sampling.", "")} | {loaded.Plan.Generation.Evaluations} | {distance:f2} | {low:f2} to {high:f2} | {right:P1} | {seconds:f0} |"));
        }
    }

    private static GarmentClassifier Trained(DataOptions options)
    {
        using var _ = enable_grad();
        return GarmentClassifier.For(options);
    }

    private static (Tensor Features, double Right) Drawn(RunPlan plan, GarmentClassifier classifier, int count)
    {
        var wanted = Wanted.Of(count, plan);
        var right = 0L;
        var features = new List<Tensor>();
        foreach (var part in Enumerable.Range(0, count).Chunk(100))
        {
            using var scope = NewDisposeScope();
            var given = wanted.Given(part);
            var images = plan.Generation.Draw([.. part.Select(i => (long)i)], given, CancellationToken.None);
            var rounded = ((images + 1) * 127.5).round() / 127.5 - 1;
            features.Add(classifier.FeaturesOf(rounded).MoveToOuterDisposeScope());
            right += given.Label is null ? 0 : (classifier.call(rounded).argmax(1) == given.Label!).sum().item<long>();
        }

        return (cat(features), right / (double)count);
    }
}
