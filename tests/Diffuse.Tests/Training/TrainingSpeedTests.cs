using Diffuse.Numerics;
using Diffuse.Tests.Support;
using Diffuse.Training;
using static TorchSharp.torch;

namespace Diffuse.Tests.Training;

public class TrainingSpeedTests
{
    private static readonly TrainingOptions options = new() { Batch = 8, Accumulate = 2, ValidateEvery = new(1000), SampleEvery = new(2000) };

    [Fact, LeaksNoTensors]
    public void Measuring_leaves_every_bit_as_it_was()
    {
        using var objective = new TinyObjective();
        var before = Bytes(objective);

        var speed = TrainingSpeed.Measure(options, 7, objective, TinyData.Create(), CPU, TimeSpan.FromMilliseconds(50));

        Assert.Equal(before, Bytes(objective));
        Assert.InRange(speed.SecondsPerImage, 1e-7, 1);
        Assert.InRange(speed.SecondsPerEvaluation, 1e-8, 1);
    }

    [Fact]
    public void A_time_becomes_whole_batches_with_validation_and_grids_paid_for()
    {
        var speed = new TrainingSpeed(SecondsPerImage: 0.01, SecondsPerEvaluation: 0.002);

        // Of each image: 10 ms of training, 200 * 2 ms / 1000 = 0.4 ms of validation, 3200 * 2 ms / 2000 = 3.2 ms of grids.
        Assert.Equal(new ImageCount(7352), speed.ImagesIn(TimeSpan.FromSeconds(100), options, heldOut: 200, previewEvaluations: 3200));
        Assert.Equal(new ImageCount(8), speed.ImagesIn(TimeSpan.FromMilliseconds(1), options, heldOut: 0, previewEvaluations: 0));
    }

    private static List<byte[]> Bytes(TinyObjective objective) =>
    [
        .. objective.Trainable.parameters().Select(parameter => parameter.bytes.ToArray()),
        .. objective.Trainable.named_buffers().Select(named => named.buffer.bytes.ToArray()),
        .. objective.State.Values.Select(own => own.bytes.ToArray()),
    ];
}
