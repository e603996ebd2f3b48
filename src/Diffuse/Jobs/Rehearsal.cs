using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Latents;
using Diffuse.Networks;
using Diffuse.Training;

namespace Diffuse.Jobs;

/// <summary>What <c>diffuse train</c> would do, found with real steps that are undone; nothing is kept and no run is made.</summary>
internal sealed class Rehearsal : IDisposable
{
    private static readonly TimeSpan profiling = TimeSpan.FromSeconds(30);

    private readonly IJobReport report;
    private readonly CancellationToken stop;
    private readonly RunConfig config;
    private readonly DataSet data;
    private readonly RunPlan plan;
    private readonly EncodedStream? encoded;
    private readonly TrainingData training;

    /// <exception cref="ConfigException">The config or the data cannot be used.</exception>
    public Rehearsal(TrainRequest request, IJobReport report, CancellationToken stop)
    {
        (this.report, this.stop) = (report, stop);
        config = TrainingJob.Decided(StartingModel.Resolved(request.Config, report.Log.Warning));
        data = DataSet.Open(config.Data, config.Seed, report.Log.Warning);
        try
        {
            plan = TrainingJob.Planned(config, data);
            encoded = TrainingJob.Encoded(plan, data, report, stop);
            training = TrainingJob.Training(plan, data, encoded);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The resolved config with what it means on this machine.</summary>
    public string Plan()
    {
        var speed = Speed();
        var (heldOut, grids) = (data.HeldOut.Count, TrainingJob.Sheets(plan, data)?.Evaluations ?? 0);
        var total = config.Training.Duration.Images ?? speed.ImagesIn(config.Training.Duration.Time!.Value, config.Training, heldOut, grids);
        return $"""
            {config.Write().TrimEnd()}

            # {TrainingJob.Summary(plan, data)}
            # memory {Megabytes(speed)} MB while training; {1 / speed.SecondsPerImage:f1} images a second here{(config.Training.GradientCheckpointing ? Price() : "")}
            # {total} images, about {speed.TimeOf(total, config.Training, heldOut, grids).TotalMinutes:f1} minutes
            """;
    }

    /// <summary>Where the time goes.</summary>
    /// <exception cref="OperationCanceledException">The user asked to stop.</exception>
    public ProfileResult Profile()
    {
        report.Log.Information("taking steps for up to {Seconds} seconds", profiling.TotalSeconds);
        var profile = TrainingProfile.Measure(
            config.Training, config.Seed, plan.Objective, training, plan.Device, ModelContent.Of(plan, config, data.Fingerprint), profiling, stop);
        var checkpoints = config.Training.CheckpointEvery.Value is var every and > 0 ? profile.SecondsPerCheckpoint * config.Training.Batch / every : 0;
        var parts = Enum.GetValues<StepPart>().Select(part => (Name: part.ToString().ToLowerInvariant(), Seconds: profile.Parts.GetValueOrDefault(part))).ToList();
        report.Log.Information("measuring the convolutions alone");
        return new ProfileResult(
            TrainingJob.Summary(plan, data), config.Training.Batch, profile.SecondsPerStep, [.. parts, ("checkpoint", checkpoints), ("other", profile.Other)],
            profile.Operators, [.. Bounds()], profile.Collections);
    }

    public void Dispose()
    {
        encoded?.Dispose();
        plan?.Dispose();
        data.Dispose();
    }

    private TrainingSpeed Speed() => TrainingSpeed.Measure(config.Training, config.Seed, plan.Objective, training, plan.Device, TrainingJob.SpeedTest);

    private long Megabytes(TrainingSpeed speed) => (speed.PeakBytes + data.BytesToCache) >> 20;

    /// <summary>Measured after what it is compared with: memory that was taken once stays the process's.</summary>
    private string Price()
    {
        TrainingJob.Recompute(plan, false);
        Allocator.KeepMemory(true);
        var without = Speed();
        return $"\n# gradient checkpointing: without it {Megabytes(without)} MB and {1 / without.SecondsPerImage:f1} images a second";
    }

    /// <summary>What the convolutions of a step take alone.</summary>
    private IEnumerable<(string Precision, double Operations, double Seconds)> Bounds()
    {
        using var batches = training.Batches(0, config.Training.MicroBatch).GetEnumerator();
        batches.MoveNext();
        var bounds = Roofline.Measure(plan.Network, Machine.Arithmetics(config.Precision, plan.Device), () =>
        {
            using var scope = TorchSharp.torch.NewDisposeScope();
            using var draws = new Draws(config.Seed, Purpose.Training, 0, 0, plan.Device);
            plan.Objective.Loss(batches.Current, draws.Noise, draws.Random);
        });
        var times = config.Training.Accumulate;
        return bounds.Select(bound => (bound.Precision.ToString().ToLowerInvariant(), bound.Operations * times, bound.Seconds * times)).ToList();
    }
}
