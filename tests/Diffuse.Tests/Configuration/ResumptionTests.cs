using Diffuse.Configuration;
using Diffuse.Numerics;
using Diffuse.Processes;
using Diffuse.Training;

namespace Diffuse.Tests.Configuration;

public sealed class ResumptionTests
{
    private static readonly RunConfig Before = new() { Name = "x", Precision = PrecisionChoice.Bf16 };

    [Fact]
    public void Duration_cadences_sampling_and_name_may_change() => Assert.Empty(Resumption.Refused(Before, Before with
    {
        Name = "y",
        Sampling = new SamplingOptions { Steps = 7, Guidance = 3 },
        Evaluation = [],
        Training = new TrainingOptions
        {
            Duration = TrainingDuration.Parse("1M"),
            CheckpointEvery = new ImageCount(1),
            SampleEvery = new ImageCount(2),
            ValidateEvery = new ImageCount(3),
            LogEvery = new ImageCount(4),
            Keep = 5,
        },
    }));

    [Fact]
    public void Anything_else_is_refused_key_by_key()
    {
        var training = new TrainingOptions { Batch = 32, Keep = 9 };
        var now = Before with { Seed = 1, Process = new LinearOptions { Steps = 500 }, Training = training };
        Assert.Equal(
            ["seed", "process", "process.steps", "process.offset", "training.batch", "process.beta_start", "process.beta_end"],
            Resumption.Refused(Before, now).Select(difference => difference.Key));
        Assert.Equal("training.batch: 64 before, 32 now", Resumption.Refused(Before, now)[4].ToString());
    }

    [Fact]
    public void What_is_auto_is_what_the_run_made_of_it()
    {
        Assert.Empty(Resumption.Refused(Before, Before with { Precision = PrecisionChoice.Auto }));
        Assert.NotEmpty(Resumption.Refused(Before, Before with { Precision = PrecisionChoice.Fp32 }));
        Assert.NotEmpty(Resumption.Refused(Before, Before with { Device = DeviceChoice.Parse("cuda:1") }));
    }

    [Fact]
    public void Every_key_that_may_change_exists()
    {
        var keys = ConfigDifference.Between(new Nothing(), new RunConfig()).Select(difference => difference.Key).ToList();
        Assert.All(Resumption.Free, free => Assert.Contains(keys, key => key.TrimEnd('0', '[', ']') == free || key.StartsWith(free + ".")));
    }

    private sealed record Nothing;
}
