using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Objectives;
using Diffuse.Parameterizations;
using Diffuse.Processes;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Objectives;

public sealed class WeightTests
{
    private static readonly NoiseSchedule q = (NoiseSchedule)new CosineOptions().Build();

    public static TheoryData<string> Kinds => [.. Every.Kind<WeightOptions>()];

    [Theory, MemberData(nameof(Kinds))]
    public void Every_weight_is_the_same_weight_of_the_clean_image_whatever_the_network_predicts(string kind)
    {
        using var scope = NewDisposeScope();
        var weight = Every.Default<WeightOptions>(kind).Build(q);
        var data = KnownData.Mixture();
        foreach (var time in new[] { 3.0, 200, 600, 950 })
        {
            var (x0, eps, t) = (data.Draw(8, 1), data.Draw(8, 2), Times.All(time, 8));
            var error = (data.Denoise(q, q.Corrupt(x0, t, eps), time) - x0).square().flatten(1).mean([1]);
            foreach (var parameterization in new[] { "eps", "v", "x0" })
            {
                var p = Every.Default<ParameterizationOptions>(parameterization).Build(q);
                var loss = new SimpleLoss(weight).PerImage(new Model(new ExactNetwork(data, q, p, [time]), p, q), x0, Condition.None, t, eps);
                Close.Equal(weight.OnX0(time) * error, loss, 1e-6, 1e-12, $"{parameterization} at {time}");
            }
        }
    }

    [Fact]
    public void The_published_weights_on_eps_and_on_v_are_met()
    {
        var eps = new EpsOptions().Build(q);
        var v = new VelocityOptions().Build(q);
        foreach (var t in new[] { 1.0, 50, 400, 500, 900 })
        {
            var snr = q.Snr(t);
            double On(Parameterization p, WeightOptions weight) => weight.Build(q).OnX0(t) * Math.Pow(p.At(t).Out, 2);
            Close.Equal(Math.Min(1, 5 / snr), On(eps, new MinSnrOptions()));
            Close.Equal(Math.Min(snr, 5) / (snr + 1), On(v, new MinSnrOptions()));
            Close.Equal(4 / (snr + 4), On(eps, new SoftMinSnrOptions()));
            Close.Equal(4 * snr / (snr + 4) / (snr + 1), On(v, new SoftMinSnrOptions()));
            Close.Equal(1 / (1 + snr), On(eps, new P2Options()));
            Close.Equal(1 / Math.Sqrt(2 + snr), On(eps, new P2Options { K = 2, Gamma = 0.5 }));
            Close.Equal(Math.Max(1, 1 / snr), On(eps, new TruncatedSnrOptions()));
            Close.Equal(1, On(eps, new TruncatedSnrOptions { Floor = 0 }));
        }
    }

    [Theory]
    [InlineData(Norm.L2, 0.37)]
    [InlineData(Norm.L1, 0.6)]
    [InlineData(Norm.Huber, 0.1017)]
    public void The_norms_of_an_error(Norm norm, double expected)
    {
        using var scope = NewDisposeScope();
        var x0 = new CleanOptions().Build(q);
        var image = tensor(new[] { 0.1, -0.5 }, [1, 1, 1, 2]);
        var f = image + tensor(new[] { 0.7, -0.5 }, [1, 1, 1, 2]);
        var loss = new SimpleLoss(norm: norm, delta: 0.1).Of(new Model(new TwoNumbers(), x0, q), f, image, Times.All(5, 1), zeros_like(image));
        Close.Equal([expected], loss, 1e-3);
    }

    [Fact]
    public void Huber_is_the_square_of_small_errors_and_the_absolute_value_of_large_ones()
    {
        using var scope = NewDisposeScope();
        var x0 = new CleanOptions().Build(q);
        var (model, image) = (new Model(new TwoNumbers(), x0, q), zeros(1, 1, 1, 1, ScalarType.Float64));
        double Loss(double error, double delta) =>
            new SimpleLoss(norm: Norm.Huber, delta: delta).Of(model, image + error, image, Times.All(5, 1), image).item<double>();
        Close.Equal(0.01 * 0.01, Loss(0.01, 10), 1e-4);
        Close.Equal(2 * 0.01 * 10, Loss(10, 0.01), 2e-3);
    }
}
