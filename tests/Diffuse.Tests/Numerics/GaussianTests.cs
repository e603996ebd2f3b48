using Diffuse.Numerics;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Numerics;

public sealed class GaussianTests
{
    [Fact]
    public void A_law_does_not_diverge_from_itself_and_does_from_others()
    {
        using var scope = NewDisposeScope();
        var (mean, log) = (tensor(new[] { -1.0, 0, 2 }), tensor(new[] { -3.0, 0, 1 }));
        Close.Equal([0, 0, 0], Gaussian.Kl(mean, log, mean, log));
        Assert.All(Close.Values(Gaussian.Kl(mean, log, mean + 0.1, log)), kl => Assert.True(kl > 0));
    }

    [Theory]
    [InlineData(0.0, -2.0)]
    [InlineData(-0.7, -5.0)]
    [InlineData(0.98, -1.0)]
    [InlineData(3.0, 0.5)]
    public void The_probabilities_of_all_levels_sum_to_one(double mean, double logScale)
    {
        using var scope = NewDisposeScope();
        var levels = tensor(Enumerable.Range(0, 256).Select(level => level / 127.5 - 1).ToArray());
        var total = Gaussian.DiscretizedLogLikelihood(levels, tensor(mean, ScalarType.Float64), tensor(logScale, ScalarType.Float64)).exp().sum().item<double>();
        Assert.InRange(total, 1 - 1e-9, 1 + 1e-9);
    }

    [Fact]
    public void The_likelihood_is_computed_in_double_precision_whatever_it_is_given()
    {
        using var scope = NewDisposeScope();
        var (x, mean, log) = (tensor(new[] { 0.2f }), tensor(new[] { -0.1f }), tensor(new[] { -3f }));
        Assert.Equal(ScalarType.Float64, Gaussian.DiscretizedLogLikelihood(x, mean, log).dtype);
    }
}
