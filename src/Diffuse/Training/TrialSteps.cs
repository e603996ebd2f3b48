using System.Diagnostics;
using Diffuse.Data;
using Diffuse.Objectives;
using static TorchSharp.torch;

namespace Diffuse.Training;

/// <summary>Real steps of training from the first image on, to measure; when disposed of, everything is as it was before, bit for bit.</summary>
internal sealed class TrialSteps : IDisposable
{
    private readonly TrainingOptions options;
    private readonly TensorSnapshot before;
    private readonly IEnumerator<Batch> batches;
    private readonly Func<StepTimes?, Optimization> optimization;
    private long step;

    public TrialSteps(TrainingOptions options, long seed, IObjective objective, TrainingData data, Device device)
    {
        this.options = options;
        State = new TrainingState(objective, options);
        before = State.Snapshot();
        batches = data.Batches(0, options.MicroBatch).GetEnumerator();
        optimization = times => new Optimization(options, seed, objective, data, State, device, times);
        objective.Trainable.train();
    }

    public TrainingState State { get; }

    /// <summary>Seconds of each step taken, as many as <see cref="Timed"/> says.</summary>
    /// <param name="times">Told how long the parts take.</param>
    /// <exception cref="OperationCanceledException">The user asked to stop.</exception>
    public IReadOnlyList<double> Take(TimeSpan budget, int most = int.MaxValue, StepTimes? times = null, CancellationToken stop = default)
    {
        var taken = optimization(times);
        return Timed(budget, most, () =>
        {
            using var reading = taken.Take(step++, options.LearningRate, batches, stop)?.cpu() ?? throw new OperationCanceledException(stop);
        });
    }

    /// <summary>The micro-batch that comes next.</summary>
    public Batch Next()
    {
        batches.MoveNext();
        return batches.Current;
    }

    public void Dispose()
    {
        before.Restore();
        before.Dispose();
        batches.Dispose();
        State.Dispose();
    }

    /// <summary>Seconds of each call: as many as start within the budget, at least one.</summary>
    public static IReadOnlyList<double> Timed(TimeSpan budget, int most, Action action)
    {
        var (seconds, clock) = (new List<double>(), Stopwatch.StartNew());
        for (var start = TimeSpan.Zero; seconds.Count == 0 || (start < budget && seconds.Count < most); start = clock.Elapsed)
        {
            action();
            seconds.Add((clock.Elapsed - start).TotalSeconds);
        }

        return seconds;
    }
}
