using Diffuse.Processes;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Processes;

public sealed class LearnedScheduleTests
{
    [Fact]
    public void It_starts_near_a_line_between_its_ends()
    {
        var q = (NoiseSchedule)new LearnedScheduleOptions().Build();
        Close.Equal(13.3, q.LogSnr(1e-9), 1e-5);
        Close.Equal(-5, q.LogSnr(1), 1e-6);
        foreach (var t in new[] { 0.1, 0.5, 0.9 })
        {
            Assert.InRange(q.LogSnr(t) - (13.3 - 18.3 * t), -0.3, 0.3);
        }
    }

    [Fact]
    public void The_doubles_follow_the_weights()
    {
        using var scope = NewDisposeScope();
        var q = (NoiseSchedule)new LearnedScheduleOptions { Hidden = 8 }.Build();
        var before = q.LogSnr(0.3);
        using (no_grad())
        {
            q.Learned!.named_parameters().Single(named => named.name == "w3").parameter.copy_(linspace(-1, 3, 8));
        }

        Assert.NotInRange(q.LogSnr(0.3), before - 0.1, before + 0.1);
        var levels = q.Levels(Times.All(0.3, 1), zeros(1, ScalarType.Float64));
        Close.Equal(2 * (levels.Alpha / levels.Sigma).log().item<double>(), q.LogSnr(0.3));
    }

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 0)]
    public void Its_ends_are_trained_where_asked(bool learnEnds, int trained)
    {
        using var scope = NewDisposeScope();
        var q = new LearnedScheduleOptions { LearnEnds = learnEnds }.Build();
        var ends = q.Learned!.named_parameters().Single(named => named.name == "ends").parameter;
        Assert.Equal(trained, ends.requires_grad ? ends.numel() : 0);
    }
}
