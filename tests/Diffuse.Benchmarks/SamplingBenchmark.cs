using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Diffuse.Configuration;
using Diffuse.Jobs;
using Diffuse.Networks;
using Diffuse.Parameterizations;
using Diffuse.Processes;
using Diffuse.Samplers;
using Diffuse.Training;

namespace Diffuse.Benchmarks;

/// <summary>64 images of an untrained U-Net by DDIM: images a second, and the share of the time that is spent outside the network.</summary>
internal static class SamplingBenchmark
{
    private const int Images = 64;

    public static Command Command()
    {
        var channels = new Option<int[]>("--channels") { DefaultValueFactory = _ => [64, 128, 128], AllowMultipleArgumentsPerToken = true };
        var steps = new Option<int>("--steps") { DefaultValueFactory = _ => 20 };
        var command = new Command("sampling", "Images by DDIM, as JSON") { channels, steps };
        command.SetAction(parsed => Run(parsed.GetValue(channels)!, parsed.GetValue(steps)));
        return command;
    }

    private static void Run(int[] channels, int steps)
    {
        Machine.UseAllCores();
        Allocator.KeepMemory(true);
        var config = new RunConfig
        {
            Network = new UNetOptions { Channels = channels, AttentionLevels = [1], Heads = 4, HeadSize = null },
            Process = new CosineOptions(),
            Parameterization = new EpsOptions(),
            Sampling = new SamplingOptions { Sampler = new DdimOptions(), Steps = steps },
        };
        using var plan = new RunPlan(config, new ImageKind(32, 32, 3, []));
        plan.Settle();
        var (inside, clock) = (TimeSpan.Zero, new Stopwatch());
        plan.Network.register_forward_pre_hook((_, x, t, c) =>
        {
            clock.Restart();
            return (x, t, c);
        });
        plan.Network.register_forward_hook((_, _, _, _, y) =>
        {
            inside += clock.Elapsed;
            return y;
        });
        var seeds = Enumerable.Range(0, Images).Select(seed => (long)seed).ToList();
        plan.Generation.Draw(seeds[..2], Data.Condition.None, default).Dispose(); // in which libraries prepare their kernels
        inside = TimeSpan.Zero;
        var all = Stopwatch.StartNew();
        plan.Generation.Draw(seeds, Data.Condition.None, default).Dispose();
        var seconds = all.Elapsed.TotalSeconds;
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            images_per_second = Images / seconds,
            outside_network = 1 - inside.TotalSeconds / seconds,
            precision = Machine.Precision(config.Precision, plan.Device).ToString().ToLowerInvariant(),
        }));
    }
}
