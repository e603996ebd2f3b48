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
        0.838745, 0.748090, 0.748465, 0.689880, 0.716896, 0.674284, 0.619723, 0.718142, 0.604019, 0.645507,
        0.683378, 0.562173, 0.599633, 0.544450, 0.491425, 0.573516, 0.492843, 0.504789, 0.619856, 0.575519,
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
