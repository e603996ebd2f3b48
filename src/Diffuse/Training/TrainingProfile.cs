using System.Diagnostics;
using Diffuse.Objectives;
using static TorchSharp.torch;

namespace Diffuse.Training;

/// <summary>Where the time of a training step goes, measured with real steps whose effect is undone.</summary>
/// <param name="SecondsPerStep">The median.</param>
/// <param name="Parts">Seconds of a step, on average.</param>
/// <param name="Other">Seconds of a step that are in none of them.</param>
/// <param name="SecondsPerCheckpoint">Of writing one to the system's temporary folder.</param>
/// <param name="Operators">Of a step: calls and seconds of each operator of libtorch, without those that it calls; none where this libtorch cannot tell.</param>
/// <param name="Collections">Garbage collections in a step, on average.</param>
internal sealed partial record TrainingProfile(
    double SecondsPerStep, IReadOnlyDictionary<StepPart, double> Parts, double Other, double SecondsPerCheckpoint,
    IReadOnlyList<(string Name, double Calls, double Seconds)> Operators, double Collections)
{
    private const int MostSteps = 50;

    /// <param name="budget">Time for steps, at most: a third each without and with parts and operators being timed.</param>
    public static TrainingProfile Measure(
        TrainingOptions options, long seed, IObjective objective, TrainingData data, Device device, CheckpointContent content, TimeSpan budget, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        using var steps = new TrialSteps(options, seed, objective, data, device);
        steps.Take(TimeSpan.Zero, stop: stop); // in which libraries prepare their kernels
        var collections = GC.CollectionCount(0);
        var seconds = steps.Take(budget / 3, MostSteps, stop: stop);
        var collected = (double)(GC.CollectionCount(0) - collections) / seconds.Count;
        var times = new StepTimes(device);
        var timed = steps.Take(budget / 3, MostSteps, times, stop);
        var parts = times.Times.ToDictionary(part => part.Key, part => part.Value.TotalSeconds / timed.Count);
        IReadOnlyList<(string Name, long Calls, double Seconds)>? operators = null;
        var recorded = 0;
        Recorded(() => recorded = steps.Take(budget / 3, MostSteps, stop: stop).Count, ref operators);
        return new TrainingProfile(
            seconds.Order().ElementAt(seconds.Count / 2),
            parts,
            timed.Average() - parts.Values.Sum(),
            Checkpoint(),
            [.. (operators ?? []).Select(one => (one.Name, (double)one.Calls / recorded, one.Seconds / recorded)).OrderByDescending(one => one.Item3)],
            collected);

        double Checkpoint()
        {
            var folder = Directory.CreateTempSubdirectory("diffuse-");
            try
            {
                var clock = Stopwatch.StartNew();
                new CheckpointFolder(folder.FullName).Write(0, checkpoint =>
                {
                    steps.State.Save(checkpoint);
                    content.WriteTo(checkpoint);
                });
                return clock.Elapsed.TotalSeconds;
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
    }

    /// <summary>Runs it and tells what each operator cost, where this libtorch can.</summary>
    static partial void Recorded(Action run, ref IReadOnlyList<(string Name, long Calls, double Seconds)>? operators);
}
