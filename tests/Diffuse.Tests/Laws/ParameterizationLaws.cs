using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Objectives;
using Diffuse.Parameterizations;
using Diffuse.Processes;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Laws;

public sealed class ParameterizationLaws
{
    public static TheoryData<string, string> Combinations()
    {
        var all = new TheoryData<string, string>();
        foreach (var row in
            from process in Every.Kind<ProcessOptions>()
            from parameterization in Every.Kind<ParameterizationOptions>()
            where SamplerLaws.Builds(() => Every.Default<ParameterizationOptions>(parameterization).Build(Every.Default<ProcessOptions>(process).Build()))
            select (process, parameterization))
        {
            all.Add(row.Item1, row.Item2);
        }

        return all;
    }

    [Theory, MemberData(nameof(Combinations))]
    public void From_the_target_the_denoiser_is_exactly_x0(string process, string parameterization)
    {
        using var scope = NewDisposeScope();
        var q = Every.Default<ProcessOptions>(process).Build();
        var p = Every.Default<ParameterizationOptions>(parameterization).Build(q);
        var data = KnownData.Gaussian();
        var (x0, eps) = (data.Draw(4, 1), data.Draw(4, 2));
        var t = new Times([1, q.TimeAt(0.3), q.TimeAt(0.7), q.Horizon]);
        var x = q.Corrupt(x0, t, eps);
        var f = p.Target(x0, eps, t);
        var back = t.Coefficients(time => p.At(time).Skip, x) * x + t.Coefficients(time => p.At(time).Out, x) * f;
        Close.Equal(x0, back, 1e-9, 1e-9);
    }

    public static TheoryData<string, string> NoisyCombinations()
    {
        var all = new TheoryData<string, string>();
        foreach (var row in Combinations().Where(row => Every.Default<ProcessOptions>((string)row[0]).Build() is NoiseSchedule))
        {
            all.Add((string)row[0], (string)row[1]);
        }

        return all;
    }

    [Theory, MemberData(nameof(NoisyCombinations))]
    public void A_weighted_loss_is_the_same_error_of_x0_whatever_the_network_predicts(string process, string parameterization)
    {
        using var scope = NewDisposeScope();
        var q = (NoiseSchedule)Every.Default<ProcessOptions>(process).Build();
        var p = Every.Default<ParameterizationOptions>(parameterization).Build(q);
        var weight = new MinSnr(q, 5);
        var data = KnownData.Mixture();
        foreach (var time in new[] { 1, q.TimeAt(0.3), q.TimeAt(0.9) })
        {
            var model = new Model(new ExactNetwork(data, q, p, [time]), p, q);
            var (x0, eps, t) = (data.Draw(8, 1), data.Draw(8, 2), Times.All(time, 8));
            var loss = new SimpleLoss(weight).PerImage(model, x0, Condition.None, t, eps);
            var error = (data.Denoise(q, q.Corrupt(x0, t, eps), time) - x0).square().flatten(1).mean([1]);
            Close.Equal(Math.Min(q.Snr(time), 5) * error, loss, 1e-6, 1e-9);
        }
    }
}
