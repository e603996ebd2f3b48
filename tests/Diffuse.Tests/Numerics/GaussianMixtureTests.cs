using Diffuse.Numerics;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Numerics;

public sealed class GaussianMixtureTests
{
    [Fact, LeaksNoTensors]
    public void One_component_is_the_mean_and_the_covariance()
    {
        using var scope = NewDisposeScope();
        var x = KnownData.Mixture().Draw(500, 1).reshape(-1, 3);
        var mixture = GaussianMixture.Fit(x, 1, new Random(1));
        var off = x - x.mean([0]);
        Close.Equal(x.mean([0]), mixture.Means[0]);
        Close.Equal(off.t().matmul(off) / 500, mixture.Factors[0].matmul(mixture.Factors[0].t()), 1e-4, 1e-6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Two_components_that_stand_apart_are_found(int seed)
    {
        using var scope = NewDisposeScope();
        var mixture = GaussianMixture.Fit(KnownData.Mixture().Draw(4000, 1).reshape(-1, 3), 2, new Random(seed));
        var order = mixture.Weights.argsort();
        Close.Equal([0.3, 0.7], mixture.Weights.index_select(0, order), 0, 0.03);
        Close.Equal([-0.7, 0.2, 0.0, 0.4, 0.6, -0.5], mixture.Means.index_select(0, order), 0, 0.04);
        var variances = mixture.Factors.index_select(0, order).square().sum(2);
        Close.Equal([0.02, 0.05, 0.1, 0.04, 0.01, 0.02], variances, 0.15);
    }

    [Fact]
    public void More_components_describe_the_points_better_and_the_same_numbers_give_the_same_mixture()
    {
        using var scope = NewDisposeScope();
        var x = KnownData.Mixture().Draw(1000, 3).reshape(-1, 3);
        GaussianMixture Fit(int k) => GaussianMixture.Fit(x, k, new Random(4));
        double Density(int k) => Fit(k).LogJoint(x).logsumexp(1).mean().item<double>();
        Assert.True(Density(1) < Density(2) && Density(2) <= Density(4));
        Assert.Equal(Close.Values(Fit(4).Means), Close.Values(Fit(4).Means));
    }

    [Fact]
    public void Draws_have_the_mixtures_law()
    {
        using var scope = NewDisposeScope();
        var data = KnownData.Mixture();
        var fitted = GaussianMixture.Fit(data.Draw(4000, 1).reshape(-1, 3), 2, new Random(1));
        using var z = new PerImageNoise(1, [0]);
        var drawn = fitted.Draw(z.Normal(zeros(1, 20000, 1, ScalarType.Float64))[0], z.Normal(zeros(1, 20000, 3, ScalarType.Float64))[0]);
        var (mean, variance) = data.Moments();
        Close.Equal(mean, drawn.mean([0]), 0, 0.03);
        Close.Equal(variance, (drawn - drawn.mean([0])).square().mean([0]), 0.06);
    }

    [Fact, LeaksNoTensors]
    public void Cholesky_factors_give_the_matrix_and_their_inverses_the_identity()
    {
        using var scope = NewDisposeScope();
        var x = tensor(Enumerable.Range(0, 2 * 9 * 5).Select(i => Math.Sin(i * i)).ToArray(), [2, 9, 5]);
        var a = x.transpose(1, 2).matmul(x);
        var l = Cholesky.Factor(a);
        Close.Equal(a, l.matmul(l.transpose(1, 2)));
        Close.Equal(l.tril(), l);
        Close.Equal(eye(5, dtype: ScalarType.Float64).expand(2, 5, 5), Cholesky.Inverse(l).matmul(l), floor: 1e-10);
        Assert.Throws<ArgumentException>(() => Cholesky.Factor(-a));
    }

    [Fact]
    public void Points_without_any_spread_are_drawn_again()
    {
        using var scope = NewDisposeScope();
        var mixture = GaussianMixture.Fit(full([50, 4], 0.25, ScalarType.Float64), 3, new Random(1));
        Close.Equal([0.25, 0.25, 0.25, 0.25], mixture.Draw(zeros(1, 1, ScalarType.Float64), ones(1, 4, ScalarType.Float64)), 1e-4);
    }
}
