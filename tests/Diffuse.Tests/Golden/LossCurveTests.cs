using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Jobs;
using Diffuse.Tests.Support;
using Diffuse.Training;
using static TorchSharp.torch;

namespace Diffuse.Tests.Golden;

/// <summary>The first steps of configs/smoke.yaml, whose losses a change that means no change must leave alone.</summary>
public sealed class LossCurveTests
{
    private static readonly double[] Curve =
    [
        0.807288, 0.710739, 0.831830, 0.787095, 0.712774, 0.782045, 0.753327, 0.687008, 0.681107, 0.540233,
        0.706819, 0.646992, 0.480058, 0.583341, 0.512238, 0.587919, 0.590100, 0.536623, 0.654394, 0.501291,
    ];

    [Fact]
    public void Twenty_steps_have_the_losses_that_they_had() => Close.Equal(Curve, Losses("fp32"), 1e-4);

    [Fact]
    public void In_bf16_they_are_those_of_float32_to_rounding()
    {
        var losses = Losses("bf16");
        Close.Equal(Curve, losses, 0.03);
        Close.Equal(Curve.Average(), losses.Average(), 0.005);
    }

    private static double[] Losses(string precision)
    {
        using var scope = NewDisposeScope();
        var config = RunConfig.Read(Path.Combine(Repository.Root, "configs", "smoke.yaml"), [new ConfigOverride("test", "precision", precision)]);
        using var data = DataSet.Open(config.Data, config.Seed, _ => { });
        using var plan = new RunPlan(config, new ImageKind(data.Framing.Height, data.Framing.Width, data.Framing.Channels, data.Classes));
        using var state = new TrainingState(plan.Objective, config.Training);
        var stream = new ImageStream(data, config.Seed, CPU);
        var training = new TrainingData(stream.Batches, stream.HeldOut, data.Name);
        var optimization = new Optimization(config.Training, config.Seed, plan.Objective, training, state, CPU);
        using var batches = training.Batches(0, config.Training.MicroBatch).GetEnumerator();
        return [.. Enumerable.Range(0, 20).Select(step => (double)optimization.Take(step, 1e-3, batches, CancellationToken.None)![0].item<float>())];
    }
}
