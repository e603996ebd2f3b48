using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Denoising;

public sealed class ClampTests
{
    private sealed class Fixed(double[] x0) : IDenoiser
    {
        public Denoised Denoise(Tensor x, double t, Condition given) => new(tensor(x0, [1, 1, 1, x0.Length]));
    }

    [Fact]
    public void Clamping_keeps_what_the_network_said()
    {
        using var scope = NewDisposeScope();
        var d = new Clamped(new Fixed([-3, 0.5, 1.2])).Denoise(zeros(1), 1, Condition.None);
        Assert.Equal([-1, 0.5, 1], Close.Values(d.X0));
        Assert.Equal([-3, 0.5, 1.2], Close.Values(d.Unclamped));
    }

    [Fact]
    public void Clamping_twice_still_keeps_what_the_network_said()
    {
        using var scope = NewDisposeScope();
        var d = new Clamped(new Clamped(new Fixed([-3, 0.5, 1.2]))).Denoise(zeros(1), 1, Condition.None);
        Assert.Equal([-3, 0.5, 1.2], Close.Values(d.Unclamped));
    }

    [Fact]
    public void A_config_reaches_each_threshold()
    {
        using var scope = NewDisposeScope();
        double[] Held(ThresholdOptions options) => Close.Values(options.Around(new Fixed([-3, 0.5, 1.2])).Denoise(zeros(1), 1, Condition.None).X0);
        Assert.Equal([-3, 0.5, 1.2], Held(new NoThresholdOptions()));
        Assert.Equal([-1, 0.5, 1], Held(new ClampOptions()));
        Assert.Equal([-2, 0.5, 1.2], Held(new ClampOptions { Range = 2 }));
        Close.Equal([-1, 0.5 / 3, 0.4], Held(new DynamicThresholdOptions { Quantile = 1 }));
        Assert.Equal([-1, 0.5, 1], Held(new DynamicThresholdOptions { Largest = 1 }));
    }

    [Fact]
    public void The_dynamic_threshold_divides_by_the_quantile_of_each_image()
    {
        using var scope = NewDisposeScope();
        var d = new DynamicThreshold(new Fixed([-4, -2, 0, 1, 2]), quantile: 0.75).Denoise(zeros(1), 1, Condition.None);
        Close.Equal([-1, -1, 0, 0.5, 1], d.X0.flatten());
    }

    [Fact]
    public void An_image_within_the_range_is_left_as_it_is()
    {
        using var scope = NewDisposeScope();
        var d = new DynamicThreshold(new Fixed([-0.4, 0.2, 0.7])).Denoise(zeros(1), 1, Condition.None);
        Close.Equal([-0.4, 0.2, 0.7], d.X0.flatten());
    }

    [Fact]
    public void With_the_largest_at_one_it_is_a_clamp()
    {
        using var scope = NewDisposeScope();
        var d = new DynamicThreshold(new Fixed([-4, 0.5, 2]), largest: 1).Denoise(zeros(1), 1, Condition.None);
        Close.Equal([-1, 0.5, 1], d.X0.flatten());
    }
}
