using System.Diagnostics;
using Diffuse.Numerics;
using Diffuse.Objectives;
using static TorchSharp.torch;

namespace Diffuse.Training;

/// <summary>Why training returned.</summary>
public enum TrainingEnd
{
    Finished,
    Stopped,
    OutOfTime,
}

/// <param name="Checkpoint">The last one, which holds exactly the weights that training ended with.</param>
public sealed record TrainingOutcome(TrainingEnd End, Counters Counters, Checkpoint Checkpoint);

/// <summary>
/// Minimizes an objective over data until the images of the config are seen, and leaves checkpoints, metrics and sample grids in a run
/// folder. It knows no diffusion and no sampler. Started again on the same folder it goes on from the newest whole checkpoint, and ends
/// with the weights it would have had without the interruption, bit for bit (same machine, libtorch and thread count, on the CPU).
/// </summary>
/// <remarks>
/// The objective's module must be built, loaded and on its device. Everything runs on the calling thread, which must be the only one to
/// touch tensors: libtorch's threads and random generators belong to it.
/// </remarks>
public sealed class Trainer : IDisposable
{
    private readonly TrainingOptions options;
    private readonly IObjective objective;
    private readonly TrainingData data;
    private readonly RunFolder run;
    private readonly TrainingState state;
    private readonly Optimization optimization;
    private readonly Validation validation;
    private readonly Readings readings;
    private readonly CheckpointFolder checkpoints;
    private readonly LearningRate rate;
    private readonly Stopwatch wall = new();

    private Counters counters;
    private Counters atStart;
    private Checkpoint? saved;
    private TrainingProgress? progress;

    /// <param name="options">With a duration in images; <see cref="TrainingSpeed"/> turns a time into one.</param>
    public Trainer(TrainingOptions options, long seed, IObjective objective, TrainingData data, Device device, RunFolder run)
    {
        var images = options.Duration.Images?.Value ?? throw new ArgumentException("the duration must be in images", nameof(options));
        var total = (images + options.Batch - 1) / options.Batch * options.Batch;
        (this.options, this.objective, this.data, this.run) = (options.Checked(), objective, data, run);
        atStart = counters = new Counters(0, 0, total, 0);
        rate = new LearningRate(options.LearningRate, options.Schedule, options.Warmup.Value, total);
        state = new TrainingState(objective, options);
        optimization = new Optimization(options, seed, objective, data, state, device);
        validation = new Validation(seed, objective, data, state, options.MicroBatch, device);
        readings = new Readings(optimization.Diverged);
        checkpoints = new CheckpointFolder(run.Checkpoints, options.Keep);
    }

    /// <summary>What checkpoints hold beside the trainer's own state.</summary>
    public CheckpointContent Content { get; init; } = CheckpointContent.None;

    public IPreview? Preview { get; init; }

    /// <summary>Told after every step.</summary>
    public Action<TrainingProgress> Progress { get; init; } = _ => { };

    /// <summary>Told after every line of metrics.</summary>
    public Action<TrainingProgress> Logged { get; init; } = _ => { };

    /// <summary>Told in one sentence about what a person should know: where training goes on, damaged checkpoints.</summary>
    public Action<string> Report { get; init; } = _ => { };

    /// <summary>Ends this start, with a checkpoint, after the step in which it is over.</summary>
    public TimeSpan? MaxTime { get; init; }

    /// <param name="stop">Heeded between micro-batches; the work of the last whole step is saved.</param>
    /// <exception cref="DivergedException">Loss or gradient stopped being finite.</exception>
    /// <exception cref="InvalidDataException">The checkpoints are of another model.</exception>
    /// <exception cref="IOException">The run folder cannot be written to.</exception>
    public TrainingOutcome Run(CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        wall.Start();
        Resume();
        using var metrics = new MetricsLog(run.Metrics, counters.Step, TimeProvider.System);
        using var batches = data.Batches(counters.Images, options.MicroBatch).GetEnumerator();
        objective.Trainable.train();
        DrawIfDue(stop);
        while (End(stop) is null)
        {
            readings.Clock.Start();
            var stepRate = rate.At(counters.Images);
            var reading = optimization.Take(counters.Step, stepRate, batches, stop);
            readings.Clock.Stop();
            if (reading is null)
            {
                break;
            }

            readings.Add(counters.Step, reading);
            counters = counters.After(options.Batch, atStart.Seconds + wall.Elapsed.TotalSeconds);
            Tell(stepRate, metrics, stop);
            KeepSnapshotIfDue();
            SaveIfDue();
            DrawIfDue(stop);
        }

        Save();
        return new TrainingOutcome(End(stop) ?? TrainingEnd.Stopped, counters, saved!);
    }

    public void Dispose()
    {
        readings.Dispose();
        state.Dispose();
    }

    private TrainingEnd? End(CancellationToken stop) =>
        counters.Images >= counters.Total ? TrainingEnd.Finished
        : stop.IsCancellationRequested ? TrainingEnd.Stopped
        : wall.Elapsed >= MaxTime ? TrainingEnd.OutOfTime
        : null;

    /// <summary>Whether the last step crossed a multiple of <paramref name="every"/>, or was the last of all.</summary>
    private bool Due(ImageCount every) => every.Value > 0 && counters.Images > 0 &&
        (counters.Images >= counters.Total || counters.Images / every.Value > (counters.Images - options.Batch) / every.Value);

    private void Resume()
    {
        checkpoints.Clear();
        if (checkpoints.Newest(Report) is not { } newest)
        {
            return;
        }

        state.Load(newest);
        var before = Counters.Parse(File.ReadAllText(newest.File(Counters.FileName)));
        if (before.Images != before.Step * options.Batch)
        {
            throw new InvalidDataException($"{newest.Path} was trained with another batch than {options.Batch}");
        }

        atStart = counters = before with { Total = counters.Total };
        saved = before.Total == counters.Total ? newest : null;
        run.Snapshots.ClearAfter(counters.Images);
        Report($"training goes on from {newest.Path}, {counters.Images} of {counters.Total} images");
    }

    private void Tell(double stepRate, MetricsLog metrics, CancellationToken stop)
    {
        var validate = Due(options.ValidateEvery);
        var log = validate || Due(options.LogEvery);
        var done = counters.Images - atStart.Images;
        progress = (progress ?? new TrainingProgress(0, counters.Total, 0, 0, 0, 0, default, null, null, null)) with
        {
            Images = counters.Images,
            Step = counters.Step,
            LearningRate = stepRate,
            ImagesPerSecond = readings.ImagesPerSecond(options.Batch),
            ResidentBytes = Environment.WorkingSet,
            Remaining = wall.Elapsed * ((double)(counters.Total - counters.Images) / done),
        };
        if (log)
        {
            var (loss, norm, speed) = readings.Take(options.Batch);
            var held = validate ? OnSamplingWeights(() => validation.Loss(stop)) : null;
            progress = progress with { Loss = loss, GradientNorm = norm, ImagesPerSecond = speed, PeakBytes = PeakMemory.Bytes, ValidationLoss = held ?? progress.ValidationLoss };
            metrics.Write(progress, measuredNow: held is not null);
            Logged(progress);
        }

        Progress(progress);
    }

    private void KeepSnapshotIfDue()
    {
        if (Due(options.SnapshotEvery))
        {
            readings.Check();
            run.Snapshots.Write(counters.Images, [.. state.Averages.Select(one => state.Parameters.Named(one.Average.Values))]);
        }
    }

    private void SaveIfDue()
    {
        if (Due(options.CheckpointEvery))
        {
            Save();
        }
    }

    /// <summary>Nothing to do where the last checkpoint is of this very step.</summary>
    private void Save()
    {
        if (saved?.Step == counters.Step)
        {
            return;
        }

        readings.Check();
        saved = checkpoints.Write(counters.Step, checkpoint =>
        {
            checkpoint.Text(Counters.FileName, counters.ToJson());
            state.Save(checkpoint);
            OnSamplingWeights(() => Content.WriteTo(checkpoint));
        });
    }

    /// <summary>A grid that a killed start left out is drawn when training goes on.</summary>
    private void DrawIfDue(CancellationToken stop)
    {
        if (Preview is not { } preview || !Due(options.SampleEvery) || File.Exists(run.Samples(counters.Images)))
        {
            return;
        }

        readings.Check();
        var unfinished = Path.Combine(run.Path, ".unfinished.png");
        try
        {
            OnSamplingWeights(() => preview.Draw(unfinished, stop));
            File.Move(unfinished, run.Samples(counters.Images), overwrite: true);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    private void OnSamplingWeights(Action use) => OnSamplingWeights(() =>
    {
        use();
        return true;
    });

    private T OnSamplingWeights<T>(Func<T> use)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        using var weights = state.SamplingWeights();
        objective.Trainable.eval();
        try
        {
            return use();
        }
        finally
        {
            objective.Trainable.train();
        }
    }
}
