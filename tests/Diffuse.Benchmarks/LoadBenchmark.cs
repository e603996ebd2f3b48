using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Diffuse.Data;
using static TorchSharp.torch;

namespace Diffuse.Benchmarks;

/// <summary>Images of a folder as batches: decoded and resized, and once more from the cache.</summary>
internal static class LoadBenchmark
{
    private const int Batch = 50;

    public static Command Command()
    {
        var images = new Option<string>("--images") { Description = "a folder", Required = true };
        var size = new Option<int>("--size") { DefaultValueFactory = _ => 64 };
        var workers = new Option<int>("--workers") { DefaultValueFactory = _ => 1 };
        var command = new Command("load", "Images a second decoded and from the cache, as JSON") { images, size, workers };
        command.SetAction(parsed => Run(parsed.GetValue(images)!, parsed.GetValue(size), parsed.GetValue(workers)));
        return command;
    }

    private static void Run(string folder, int size, int workers)
    {
        using var data = DataSet.Open(
            new DataOptions { Path = folder, Resolution = new(size, size), Channels = 3, Labels = false, HeldOut = 0, Workers = workers }, seed: 0, Console.Error.WriteLine);
        using var batches = new ImageStream(data, 0, CPU).Batches(0, Batch).GetEnumerator();
        Take(data.Training.Count / 5); // in which code is still being compiled
        var (decoded, cached) = (Take(data.Training.Count - (data.Training.Count / 5)), Take(data.Training.Count));
        Console.WriteLine(JsonSerializer.Serialize(new { images_per_second = decoded, cached }));

        double Take(int count)
        {
            var clock = Stopwatch.StartNew();
            for (var n = 0; n < count; n += Batch)
            {
                using var scope = NewDisposeScope();
                batches.MoveNext();
            }

            return count / clock.Elapsed.TotalSeconds;
        }
    }
}
