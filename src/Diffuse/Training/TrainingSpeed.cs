using Diffuse.Numerics;
using Diffuse.Objectives;
using static TorchSharp.torch;

namespace Diffuse.Training;

/// <summary>How fast this machine trains this model, measured with real steps whose effect is undone.</summary>
/// <param name="SecondsPerImage">Of training.</param>
/// <param name="SecondsPerEvaluation">Of one image through the loss without gradients, as in validation and (nearly) in sampling.</param>
/// <param name="PeakBytes">The most memory that the process had resident.</param>
public sealed record TrainingSpeed(double SecondsPerImage, double SecondsPerEvaluation, long PeakBytes = 0)
{
    /// <summary>Takes steps for about the given time; afterwards everything is as before, bit for bit.</summary>
    /// <param name="budget">Not counting a first step, in which libraries prepare their kernels.</param>
    public static TrainingSpeed Measure(
        TrainingOptions options, long seed, IObjective objective, TrainingData data, Device device, TimeSpan budget)
    {
        PeakMemory.Reset();
        using var scope = NewDisposeScope();
        using var steps = new TrialSteps(options, seed, objective, data, device);
        steps.Take(TimeSpan.Zero);
        var perStep = Settled(steps.Take(budget * 0.8));
        using var _ = no_grad();
        objective.Trainable.eval();
        var perEvaluation = Settled(TrialSteps.Timed(budget * 0.2, int.MaxValue, Evaluate));
        return new TrainingSpeed(perStep / options.Batch, perEvaluation / options.MicroBatch, PeakMemory.Bytes);

        void Evaluate()
        {
            using var inner = NewDisposeScope();
            using var draws = new Draws(seed, Purpose.Validation, 0, 0, device);
            objective.Loss(steps.Next(), draws.Noise, draws.Random).sum().cpu();
        }
    }

    /// <summary>The images that are seen in a time, validation and sample grids included; a multiple of the batch, at least one.</summary>
    /// <param name="heldOut">Images that a validation looks at.</param>
    /// <param name="previewEvaluations">See <see cref="IPreview.Evaluations"/>.</param>
    public ImageCount ImagesIn(TimeSpan time, TrainingOptions options, long heldOut, long previewEvaluations) =>
        new(Math.Max((long)(time.TotalSeconds / SecondsOf(options, heldOut, previewEvaluations)) / options.Batch, 1) * options.Batch);

    /// <summary>The time in which so many images are seen.</summary>
    /// <inheritdoc cref="ImagesIn"/>
    public TimeSpan TimeOf(ImageCount images, TrainingOptions options, long heldOut, long previewEvaluations) =>
        TimeSpan.FromSeconds(images.Value * SecondsOf(options, heldOut, previewEvaluations));

    /// <summary>An image, with its share of validations and grids.</summary>
    private double SecondsOf(TrainingOptions options, long heldOut, long previewEvaluations)
    {
        double Share(ImageCount every, long evaluations) => every.Value == 0 ? 0 : evaluations * SecondsPerEvaluation / every.Value;
        return SecondsPerImage + Share(options.ValidateEvery, heldOut) + Share(options.SampleEvery, previewEvaluations);
    }

    /// <summary>The median without the first half, in which code is still being compiled and memory fetched.</summary>
    private static double Settled(IReadOnlyList<double> seconds)
    {
        var settled = seconds.Skip(seconds.Count / 2).Order().ToList();
        return settled[settled.Count / 2];
    }
}
