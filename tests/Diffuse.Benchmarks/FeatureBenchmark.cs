using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Diffuse.Data;
using Diffuse.Jobs;
using Diffuse.Networks;
using Diffuse.Training;
using static TorchSharp.torch;

namespace Diffuse.Benchmarks;

/// <summary>Features of Inception of all images of folders, decoding included: images a second.</summary>
internal static class FeatureBenchmark
{
    public static Command Command()
    {
        var weights = new Option<string>("--weights") { Description = "pytorch-fid's, .pth or .safetensors", Required = true };
        var images = new Option<string[]>("--images") { Description = "folders of images of one size", Required = true, AllowMultipleArgumentsPerToken = true };
        var dims = new Option<int>("--dims") { DefaultValueFactory = _ => Inception.Dims };
        var command = new Command("features", "Features of Inception, decoding included") { weights, images, dims };
        command.SetAction(parsed => Run(parsed.GetValue(weights)!, parsed.GetValue(images)!, parsed.GetValue(dims)));
        return command;
    }

    private static void Run(string weights, string[] folders, int dims)
    {
        Machine.UseAllCores();
        Allocator.KeepMemory(true);
        using var noGradients = no_grad();
        var sources = new FeatureSources(new ImageKind(32, 32, 3, []), Configuration.DeviceChoice.Auto);
        var network = new InceptionFeatureOptions { File = weights, Dims = dims }.Build(sources);
        var (clock, count) = (Stopwatch.StartNew(), 0);
        foreach (var folder in folders)
        {
            using var scope = NewDisposeScope();
            using var data = DataSet.Open(new DataOptions { Path = folder, Resolution = new(32, 32), Channels = 3, Labels = false, HeldOut = 0 }, seed: 0, Console.Error.WriteLine);
            count += (int)Features.Of(network, ImageSets.Batches(data, data.Training, 50, "images", sources.Device, new Silent(), default), default).Vectors.shape[0];
        }

        Console.WriteLine((count / clock.Elapsed.TotalSeconds).ToString("f3", CultureInfo.InvariantCulture));
    }

    private sealed class Silent : Configuration.IJobReport
    {
        public Serilog.ILogger Log => Serilog.Core.Logger.None;

        public void LogTo(string file)
        {
        }

        public void Step(Training.TrainingProgress progress)
        {
        }

        public void Line(Training.TrainingProgress progress)
        {
        }

        public void Count(string what, long done, long total)
        {
        }
    }
}
