using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Processes;
using Diffuse.Samplers;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Laws;

/// <summary>What is made up beside known pixels, by a denoiser that knows the law of whole images.</summary>
public sealed class FillingLaws
{
    private const int Images = 2000;

    [Fact]
    public void What_is_known_comes_back_and_what_is_made_up_fits_it()
    {
        using var scope = NewDisposeScope();
        var data = KnownData.Mixture();
        var x0 = data.Draw(Images, seed: 1);
        var truth = Covariance(x0);
        var (plain, repeated) = (Filled(data, x0, repeats: 1), Filled(data, x0, repeats: 10));
        Close.Equal(x0.select(3, 0), repeated.select(3, 0), 1e-12, what: "the known pixel");

        // Plain replacement hardly lets the known pixel be heard; repeated, the two pixels belong to the same part of the mixture.
        Assert.True(Covariance(plain) < 0.9 * truth, $"{Covariance(plain)} of {truth}");
        Assert.InRange(Covariance(repeated) / truth, 0.92, 1.08);
        var (mean, _) = data.Moments();
        Assert.InRange(repeated.select(3, 1).mean().item<double>(), mean[1] - 0.03, mean[1] + 0.03);
    }

    [Fact]
    public void Every_step_but_the_last_counts_as_often_as_it_is_repeated()
    {
        var q = (NoiseSchedule)new CosineOptions().Build();
        var filling = new Replacement(new Ddim(q), q, empty(0), empty(0), repeats: 4);
        Assert.Equal(9 * 4 + 1, filling.Evaluations(new TrailingOptions().Build(q, 10)));
    }

    private static Tensor Filled(KnownData data, Tensor x0, int repeats)
    {
        var q = (NoiseSchedule)new CosineOptions().Build();
        var unknown = tensor(new[] { 0.0, 1, 1 }).view(1, 1, 1, 3);
        using var z = new StepNoise(3, 1, CPU);
        return new Replacement(new Ddpm(q), q, x0, unknown, repeats)
            .Sample((x, t) => new Denoised(data.Denoise(q, x, t)), z.Normal(x0), new TrailingOptions().Build(q, 50), z);
    }

    private static double Covariance(Tensor images)
    {
        var (a, b) = (images.select(3, 0).flatten(), images.select(3, 1).flatten());
        return ((a - a.mean()) * (b - b.mean())).mean().item<double>();
    }
}
