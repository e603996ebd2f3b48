using System.CommandLine;
using System.Diagnostics;
using Diffuse.Data;
using Diffuse.Networks;
using static TorchSharp.torch;

namespace Diffuse.Benchmarks;

/// <summary>Forward and backward of a U-Net on random images: milliseconds and images a second, the median of several steps.</summary>
internal static class StepBenchmark
{
    public static Command Command()
    {
        var channels = new Option<int[]>("--channels") { Description = "per level", DefaultValueFactory = _ => [64, 128, 128], AllowMultipleArgumentsPerToken = true };
        var attention = new Option<int[]>("--attention") { Description = "levels", DefaultValueFactory = _ => [-1], AllowMultipleArgumentsPerToken = true };
        var blocks = new Option<int>("--blocks") { DefaultValueFactory = _ => 2 };
        var patch = new Option<int>("--patch") { DefaultValueFactory = _ => 1 };
        var head = new Option<int?>("--head") { Description = "channels of an attention head, 0 for one head", DefaultValueFactory = _ => 32 };
        var size = new Option<int>("--size") { DefaultValueFactory = _ => 28 };
        var colours = new Option<int>("--colours") { DefaultValueFactory = _ => 1 };
        var batch = new Option<int>("--batch") { DefaultValueFactory = _ => 64 };
        var precision = new Option<Precision>("--precision") { DefaultValueFactory = _ => Precision.Bf16 };
        var threads = new Option<int>("--threads") { Description = "0: libtorch's choice" };
        var steps = new Option<int>("--steps") { DefaultValueFactory = _ => 15 };
        var command = new Command("step", "A training step without its optimizer") { channels, attention, blocks, patch, head, size, colours, batch, precision, threads, steps };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(threads) > 0)
            {
                set_num_threads(parsed.GetValue(threads));
            }

            var options = new UNetOptions
            {
                Channels = parsed.GetValue(channels)!,
                AttentionLevels = parsed.GetValue(attention)!,
                Blocks = parsed.GetValue(blocks),
                Patch = parsed.GetValue(patch),
                HeadSize = parsed.GetValue(head) is 0 ? null : parsed.GetValue(head),
            };
            var (edge, inputs) = (parsed.GetValue(size), parsed.GetValue(colours));
            Run(options, new NetworkShape(inputs, inputs, edge, edge, Classes: 10), parsed.GetValue(precision), parsed.GetValue(batch), parsed.GetValue(steps));
        });
        return command;
    }

    private static void Run(UNetOptions options, NetworkShape shape, Precision precision, int batch, int steps)
    {
        using var network = options.Build(shape, precision, seed: 0);
        var parameters = network.parameters().Sum(p => p.numel());
        using var x = randn(batch, shape.In, shape.Height, shape.Width);
        using var target = randn(batch, shape.Out, shape.Height, shape.Width);
        using var time = rand(batch) * 1000;
        var given = new Condition(Label: randint(0, 10, [batch], dtype: ScalarType.Int64));

        var forward = new List<double>();
        var backward = new List<double>();
        for (var i = 0; i < steps + 3; i++)
        {
            using var scope = NewDisposeScope();
            var start = Stopwatch.GetTimestamp();
            var loss = (network.call(x, time, given) - target).square().mean();
            var middle = Stopwatch.GetTimestamp();
            loss.backward();
            network.zero_grad();
            if (i >= 3)
            {
                forward.Add(Stopwatch.GetElapsedTime(start, middle).TotalMilliseconds);
                backward.Add(Stopwatch.GetElapsedTime(middle).TotalMilliseconds);
            }
        }

        var (f, b) = (Median(forward), Median(backward));
        Console.WriteLine(
            $"{parameters:N0} parameters, {precision}, batch {batch}: forward {f:F1} ms, backward {b:F1} ms, {batch * 1000 / (f + b):F1} images/s " +
            $"(best {batch * 1000 / (forward.Min() + backward.Min()):F1})");
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
