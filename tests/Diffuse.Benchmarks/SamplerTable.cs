using System.CommandLine;
using System.Globalization;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Evaluation;
using Diffuse.Jobs;
using Diffuse.Networks;
using static TorchSharp.torch;

namespace Diffuse.Benchmarks;

/// <summary>
/// One trained model drawn from in several ways: the Frechet distance to as many real images in the features of a classifier, its interval, recall
/// among three neighbours, and the share of images in which the classifier reads the class asked for; classes are asked for in turn, also of a
/// model that cannot be asked. A table in Markdown.
/// </summary>
internal static class SamplerTable
{
    private const int Classes = 10;

    public static Command Command()
    {
        var model = new Option<string>("--model") { Description = "a run's folder or a checkpoint", Required = true };
        var data = new Option<string>("--data") { Description = "real images of 28x28 in the same ten classes", DefaultValueFactory = _ => "data/fashion-mnist" };
        var count = new Option<int>("--count") { DefaultValueFactory = _ => 1000 };
        var judge = new Option<string?>("--classifier") { Description = "a run of network resnet; by default a small classifier trained here" };
        var rows = new Option<string[]>("--rows")
        {
            Description = "each: overrides separated by blanks, such as 'sampling.sampler=ddim sampling.steps=25 sampling.guidance=1'",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => ["sampling.guidance=1"],
        };
        var command = new Command("samplers", "Frechet distances of one model by sampler and number of steps") { model, data, count, judge, rows };
        command.SetAction(parsed => Run(parsed.GetValue(model)!, parsed.GetValue(data)!, parsed.GetValue(count), parsed.GetValue(judge), parsed.GetValue(rows)!));
        return command;
    }

    private static void Run(string path, string folder, int count, string? judge, string[] rows)
    {
        Machine.UseAllCores();
        using var noGradients = no_grad();
        var options = new DataOptions { Path = Path.GetFullPath(folder), Resolution = new(28, 28), Channels = 1, HeldOut = count };
        using var read = judge is null ? null : LoadedModel.Open(ModelChoice.At(judge), [], Console.Error.WriteLine);
        using var trained = judge is null ? Trained(options) : null;
        var classifier = trained is null ? Judge.Of((ResNet)read!.Plan.Network) : Judge.Of(trained);
        using var data = DataSet.Open(options, seed: 1, Console.Error.WriteLine);
        var real = cat([.. new ImageStream(data, 1, CPU).HeldOut(100).Select(batch => classifier.Features(batch.Images))]);
        Console.WriteLine($"| {count} images | evaluations | Frechet distance | 95% interval | recall | class read | seconds |\n|---|---|---|---|---|---|---|");
        var others = cat([.. new ImageStream(data, 1, CPU).Batches(0, 100).Take(count / 100).Select(batch => classifier.Features(batch.Images))]);
        Console.WriteLine(FormattableString.Invariant($"| as many training images | | {FrechetDistance.Between(others, real):f2} | | {Recall(real, others):f2} | | |"));
        Console.WriteLine(FormattableString.Invariant($"| uniform noise | | {FrechetDistance.Between(classifier.Features(rand(count, 1, 28, 28) * 2 - 1), real):f2} | | | | |"));
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
                $"| {row.Replace("sampling.", "")} | {loaded.Plan.Generation.Evaluations} | {distance:f2} | {low:f2} to {high:f2} | {Recall(real, features):f2} | {right:P1} | {seconds:f0} |"));
        }
    }

    private static GarmentClassifier Trained(DataOptions options)
    {
        using var _ = enable_grad();
        return GarmentClassifier.For(options);
    }

    private static double Recall(Tensor real, Tensor generated) => Neighbours.Between(real, generated, k: 3).Recall;

    private static (Tensor Features, double Right) Drawn(RunPlan plan, Judge classifier, int count)
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
            features.Add(classifier.Features(rounded).MoveToOuterDisposeScope());
            var asked = given.Label ?? tensor(part.Select(i => (long)i).ToArray()) % Classes;
            right += (classifier.Logits(rounded).argmax(1) == asked).sum().item<long>();
        }

        return (cat(features), right / (double)count);
    }

    /// <summary>Of images [N, 1, 28, 28] in [-1, 1].</summary>
    private sealed record Judge(Func<Tensor, Tensor> Features, Func<Tensor, Tensor> Logits)
    {
        public static Judge Of(GarmentClassifier classifier) => new(classifier.FeaturesOf, classifier.call);

        public static Judge Of(ResNet classifier) => new(classifier.Features, x => classifier.call(x, zeros(x.shape[0]), Condition.None));
    }
}
