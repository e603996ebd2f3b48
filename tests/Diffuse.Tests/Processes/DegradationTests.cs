using Diffuse.Configuration;
using Diffuse.Numerics;
using Diffuse.Processes;
using Diffuse.Samplers;
using Diffuse.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Tests.Processes;

/// <summary>That degradations compose as they are documented, step by step with operators of images.</summary>
public sealed class DegradationTests
{
    [Theory]
    [InlineData(BlurRoutine.Incremental, BlurPadding.Circular, 7, 9)]
    [InlineData(BlurRoutine.Exponential, BlurPadding.Reflect, 6, 5)]
    public void Blur_is_one_convolution_after_the_other(BlurRoutine routine, BlurPadding padding, int height, int width)
    {
        using var scope = NewDisposeScope();
        var options = new BlurOptions { Steps = 4, Routine = routine, Std = 0.3, Padding = padding, Kernel = 5 };
        var (q, x0) = (options.Build(), Image(height, width));
        var x = x0;
        for (var t = 1; t <= 4; t++)
        {
            var k = tensor(Blur.Kernel(5, options.Stds()[t - 1]));
            var weight = (k.unsqueeze(1) * k).reshape(1, 1, 5, 5).expand(3, 1, 5, 5);
            x = nn.functional.conv2d(nn.functional.pad(x, [2, 2, 2, 2], padding == BlurPadding.Reflect ? PaddingModes.Reflect : PaddingModes.Circular), weight, groups: 3);
            Close.Equal(x, q.Move(x0, x0, 0, t), what: $"step {t}");
        }
    }

    [Theory]
    [InlineData(PixelateFilter.Bicubic, InterpolationMode.Bicubic)]
    [InlineData(PixelateFilter.Bilinear, InterpolationMode.Bilinear)]
    [InlineData(PixelateFilter.Area, InterpolationMode.Area)]
    public void Pixelation_is_one_resize_after_the_other(PixelateFilter filter, InterpolationMode mode)
    {
        using var scope = NewDisposeScope();
        foreach (var routine in new[] { PixelateRoutine.Halving, PixelateRoutine.Incremental })
        {
            var (q, x0) = (new PixelateOptions { Routine = routine, Filter = filter }.Build(), Image(13, 10));
            var x = x0;
            for (var t = 1; t <= 3; t++)
            {
                long[] size = routine == PixelateRoutine.Halving ? [13 >> t, 10 >> t] : [14 - t, 11 - t];
                x = nn.functional.interpolate(nn.functional.interpolate(x, size, mode: mode), [13, 10], mode: InterpolationMode.NearestExact);
                Close.Equal(x, q.Move(x0, x0, 0, t), what: $"{routine}, step {t}");
            }
        }
    }

    [Fact]
    public void Blur_until_nothing_is_left_leaves_the_mean_of_each_channel_and_of_that_alone_the_start_is_drawn()
    {
        using var scope = NewDisposeScope();
        var q = new BlurOptions { Steps = 3, Std = 1, Discrete = true }.Build();
        var images = cat([.. Enumerable.Range(0, 30).Select(seed => Image(4, 4, seed))], 0);
        Close.Equal(images.mean([2, 3], keepdim: true).expand(images.shape), q.Move(images, images, 0, 3));
        q.Measure([images]);
        var drawn = q.Prior(zeros(5, 3, 4, 4, ScalarType.Float64), new Ones());
        Assert.InRange((drawn - drawn.mean([2, 3], keepdim: true)).abs().max().item<double>(), 0, 1e-6);
    }

    [Fact]
    public void Snow_is_the_same_for_all_images_comes_from_its_seed_and_only_grows()
    {
        using var scope = NewDisposeScope();
        var (q, again, other) = (new SnowOptions().Build(), new SnowOptions().Build(), new SnowOptions { Seed = 1 }.Build());
        var x0 = Image(12, 9) * 0.5 - 0.5;
        var before = x0;
        for (var t = 1; t <= q.Horizon; t++)
        {
            var x = q.Move(x0, x0, 0, t);
            Assert.True((x - before).min().item<double>() > -1e-12, $"step {t}");
            before = x;
        }

        Assert.InRange((before - x0).mean().item<double>(), 0.2, 1.8);
        Close.Equal(before, again.Move(x0, x0, 0, again.Horizon));
        Assert.True((before - other.Move(x0, x0, 0, other.Horizon)).abs().max().item<double>() > 0.1);
    }

    [Fact]
    public void A_mask_with_a_random_centre_is_found_again_in_what_it_has_masked()
    {
        using var scope = NewDisposeScope();
        var q = new MaskOptions { Steps = 5, Std = 0.5, RandomCentre = true }.Build();
        var x0 = cat([.. Enumerable.Range(0, 20).Select(seed => Image(6, 7, seed))], 0);
        var eps = cat([.. Enumerable.Range(0, 20).Select(seed => 2 * Image(6, 7, 100 + seed))], 0);
        var x = q.Corrupt(x0, Times.All(3, 20), eps);
        Close.Equal(q.Corrupt(x0, Times.All(5, 20), eps), q.Move(x, x0, 3, 5));
        Close.Equal(q.Corrupt(x0, Times.All(1, 20), eps), q.Move(x, x0, 3, 1));
        Assert.True(x.abs().sum(1).flatten(1).argmin(1).data<long>().ToArray().Distinct().Count() > 5);
    }

    [Fact]
    public void An_even_kernel_a_shrinking_blur_and_grey_images_without_colour_are_refused()
    {
        Assert.Equal(
            "process blur has a kernel of 4 pixels: take an odd number, so that it has a middle",
            Assert.Throws<ConfigException>(() => new BlurOptions { Kernel = 4 }.Build()).Message);
        Assert.Equal(
            "process blur grows from std 7 to target_std 2: take a larger target_std",
            Assert.Throws<ConfigException>(() => new BlurOptions { Routine = BlurRoutine.LinearAccumStd, TargetStd = 2 }.Build()).Message);
        Assert.Equal(
            "process decolor needs images in colour (data.channels: 3)",
            Assert.Throws<ConfigException>(() => new DecolorOptions().Build().Prepare([1, 8, 8])).Message);
    }

    [Fact]
    public void Fixed_noise_is_refused_where_sampling_does_not_start_from_the_standard_normal() => Assert.Contains(
        "this process starts from other noise",
        Assert.Throws<ConfigException>(() => new ColdOptions { FixedNoise = true }.Build(new Loud())).Message);

    private static Tensor Image(int height, int width, int seed = 0)
    {
        var random = new Random(seed);
        return tensor(Enumerable.Range(0, 3 * height * width).Select(_ => 2 * random.NextDouble() - 1).ToArray(), [1, 3, height, width]);
    }

    private sealed class Ones : INoise
    {
        private double sign = 1;

        public Tensor Normal(Tensor like) => full_like(like, (like.shape[^1] == 4 ? 0 : 1) * (sign = -sign));
    }

    /// <summary>sigma = t up to 80.</summary>
    private sealed class Loud : NoiseSchedule
    {
        public override double Horizon => 80;

        public override double Alpha(double t) => 1;

        public override double Sigma(double t) => t;

        public override double AlphaRate(double t) => 0;

        public override double SigmaRate(double t) => 1;
    }
}
