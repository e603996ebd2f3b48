using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Numerics;

namespace Diffuse.Training;

/// <summary>How long and how a model is trained: the section <c>training</c> of a run config. Everything is counted in images seen, not steps.</summary>
public sealed record TrainingOptions
{
    /// <summary>A number of images; a time is turned into images from the speed measured at the start and then frozen.</summary>
    public TrainingDuration Duration { get; init; } = TrainingDuration.Of(TimeSpan.FromMinutes(25));

    /// <summary>Images per step of the optimizer.</summary>
    [Range(1, 1 << 20)]
    public int Batch { get; init; } = 64;

    /// <summary>Micro-batches that a step is made of, to need less memory; divides the batch.</summary>
    [Range(1, 1 << 20)]
    public int Accumulate { get; init; } = 1;

    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Adamw;

    [Range(0.0, 1e3, MinimumIsExclusive = true)]
    public double LearningRate { get; init; } = 1e-3;

    public RateSchedule Schedule { get; init; } = RateSchedule.Cosine;

    /// <summary>Images over which the rate climbs linearly from 0.</summary>
    public ImageCount Warmup { get; init; } = new(10_000);

    [Range(0.0, 1e3)]
    public double WeightDecay { get; init; }

    /// <summary>Adam's two decay rates, of the gradient's mean and of its square.</summary>
    [Length(2, 2)]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public IReadOnlyList<double> Betas { get; init; } = [0.9, 0.99];

    /// <summary>The largest norm of a step's gradient; a longer one is scaled down. 0: none.</summary>
    [Range(0.0, double.MaxValue)]
    public double Clip { get; init; } = 1;

    /// <summary>
    /// Blocks of the network forget what they computed on the way forward and compute it again on the way back: less memory for about a third more time
    /// (gradient checkpointing, Chen et al. 2016); --dry-run tells how much.
    /// </summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>Images after which a weight counts half in the average that samples are drawn from. 0: no average.</summary>
    public ImageCount EmaHalfLife { get; init; } = new(10_000);

    /// <summary>The half-life is never longer than this share of the images seen. 0: no such limit.</summary>
    [Range(0.0, 1.0)]
    public double EmaWarmup { get; init; } = 0.05;

    /// <summary>
    /// Images between snapshots of two averages of the weights, 4 bytes a parameter each time, from which --ema makes an average over any length
    /// after training. 0: none.
    /// </summary>
    public ImageCount SnapshotEvery { get; init; } = new(0);

    /// <summary>Images between checkpoints. 0: only at the end and when stopped.</summary>
    public ImageCount CheckpointEvery { get; init; } = new(20_000);

    /// <summary>Checkpoints that are kept.</summary>
    [Range(2, int.MaxValue)]
    public int Keep { get; init; } = 2;

    /// <summary>Images between sample grids. 0: none.</summary>
    public ImageCount SampleEvery { get; init; } = new(20_000);

    /// <summary>Images between measurements of the held-out loss. 0: none.</summary>
    public ImageCount ValidateEvery { get; init; } = new(10_000);

    /// <summary>Images between lines of metrics.</summary>
    [Range(1.0, double.MaxValue)]
    public ImageCount LogEvery { get; init; } = new(1_000);

    internal int MicroBatch => Batch / Accumulate;

    /// <summary>These options, once they are known to fit together.</summary>
    /// <exception cref="ConfigException">The batch cannot be divided as asked.</exception>
    public TrainingOptions Checked() => Batch % Accumulate == 0
        ? this
        : throw new ConfigException($"training.accumulate: {Accumulate} does not divide the batch of {Batch}");
}

/// <summary>Where the weight decay acts.</summary>
public enum OptimizerKind
{
    /// <summary>On the weights themselves (Loshchilov and Hutter 2019).</summary>
    Adamw,

    /// <summary>On the gradient, as the derivative of an L2 penalty (Kingma and Ba 2015).</summary>
    Adam,
}

/// <summary>The learning rate after the warm-up.</summary>
public enum RateSchedule
{
    /// <summary>Half a cosine wave down to 0 at the end.</summary>
    Cosine,

    /// <summary>A straight line down to 0 at the end.</summary>
    Linear,

    Constant,
}
