using Diffuse.Numerics;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Numerics;

public sealed class NoiseTests
{
    [Fact, LeaksNoTensors]
    public void Image_k_gets_the_same_noise_in_every_batch()
    {
        using var scope = NewDisposeScope();
        using var together = new PerImageNoise(5, [0, 1, 2, 3]);
        using var apart = new PerImageNoise(5, [2]);
        for (var draw = 0; draw < 3; draw++)
        {
            Assert.Equal(Close.Values(apart.Normal(zeros(1, 3, 5, 7))), Close.Values(together.Normal(zeros(4, 3, 5, 7))[2]));
        }
    }

    [Fact]
    public void Seeds_images_and_draws_all_differ()
    {
        using var scope = NewDisposeScope();
        using var z = new PerImageNoise(5, [0, 1]);
        using var other = new PerImageNoise(6, [0, 1]);
        var draws = new[] { z.Normal(zeros(2, 8)), z.Normal(zeros(2, 8)), other.Normal(zeros(2, 8)) };
        Assert.Equal(6, draws.SelectMany(draw => new[] { draw[0], draw[1] }).Select(row => Close.Values(row)[0]).Distinct().Count());
    }

    [Fact]
    public void A_batch_of_another_size_is_refused()
    {
        using var scope = NewDisposeScope();
        using var z = new PerImageNoise(5, [0, 1]);
        Assert.Contains("2 images", Assert.Throws<ArgumentException>(() => z.Normal(zeros(3, 8))).Message);
    }

    [Fact, LeaksNoTensors]
    public void The_noise_of_a_training_step_is_a_function_of_seed_and_step()
    {
        using var scope = NewDisposeScope();
        double[] Draw(long seed, long step)
        {
            using var z = new StepNoise(seed, step, CPU);
            return Close.Values(z.Normal(zeros(4, 16)));
        }

        Assert.Equal(Draw(1, 2), Draw(1, 2));
        Assert.NotEqual(Draw(1, 2), Draw(1, 3));
        Assert.NotEqual(Draw(1, 2), Draw(2, 2));
    }

    [Fact]
    public void Noise_is_standard_normal()
    {
        using var scope = NewDisposeScope();
        using var z = new PerImageNoise(9, [.. Enumerable.Range(0, 100).Select(i => (long)i)]);
        var values = Close.Values(z.Normal(zeros(100, 1, 20, 20)));
        Assert.InRange(values.Average(), -0.02, 0.02);
        Assert.InRange(values.Average(value => value * value), 0.97, 1.03);
        Assert.InRange(values.Average(value => Math.Pow(value, 4)), 2.85, 3.15);
    }
}
