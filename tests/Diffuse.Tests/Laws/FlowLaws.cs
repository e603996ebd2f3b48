using Diffuse.Denoising;
using Diffuse.Evaluation;
using Diffuse.Numerics;
using Diffuse.Processes;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Laws;

public sealed class FlowLaws
{
    public static TheoryData<string> Flows =>
        [.. Every.Kind<ProcessOptions>().Where(kind => Every.Default<ProcessOptions>(kind).Build() is NoiseSchedule { HasFlow: true })];

    [Theory, MemberData(nameof(Flows))]
    public void The_ode_gives_the_density_of_a_gaussian(string process)
    {
        using var scope = NewDisposeScope();
        var (q, data) = ((NoiseSchedule)Every.Default<ProcessOptions>(process).Build(), KnownData.Gaussian());
        var x = data.Draw(3, 1);

        // The Jacobian is diagonal here, so that one probe of signs gives its trace exactly. A chain's flow has a kink at every step, which the
        // solver's estimate of its error sees only in part: hence the tight tolerance.
        var (found, latent) = new FlowLikelihood(q, 1e-3, 1e-7, 1e-7).Of((at, t) => new Denoised(data.Denoise(q, at, t)), x, [ones_like(x)]);
        Close.Equal(Expected(data, q, x, 1e-3, latent), found.squeeze(1), 1e-3, 1e-3);
        var spread = (latent - data.Decode(q, latent, q.Horizon)).abs().max().item<double>();
        Assert.True(spread > 0.01, "the latent is not the image");
        Close.Equal(x, data.Decode(q, latent, q.Horizon), 1e-2, 2e-2 + 2 * q.Sigma(1e-3 * q.Horizon));
    }

    [Theory]
    [InlineData("vp")]
    [InlineData("sub-vp")]
    [InlineData("ve")]
    [InlineData("cosine")]
    public void The_ode_gives_the_density_of_a_mixture(string process)
    {
        using var scope = NewDisposeScope();
        var (q, data) = ((NoiseSchedule)Every.Default<ProcessOptions>(process).Build(), KnownData.Mixture());
        var x = data.Draw(3, 1);

        // Three columns of a 4 x 4 Hadamard matrix: the mean of these four estimates is the trace.
        var probes = new[] { (1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1) }
            .Select(p => tensor(new double[] { p.Item1, p.Item2, p.Item3 }).expand(x.shape)).ToList();
        var (found, latent) = new FlowLikelihood(q, 1e-3).Of((at, t) => new Denoised(data.Denoise(q, at, t)), x, probes);
        Close.Equal(Expected(data, q, x, 1e-3, latent), found.mean([1]), 2e-3, 2e-3);
    }

    [Fact]
    public void The_estimate_of_the_trace_is_unbiased_for_both_laws_of_probes()
    {
        using var scope = NewDisposeScope();
        using var z = new PerImageNoise(1, [0]);
        var (q, data) = ((NoiseSchedule)new VpOptions().Build(), KnownData.Mixture());
        var flow = new FlowLikelihood(q);
        Denoised D(Tensor at, double t) => new(data.Denoise(q, at, t));
        var x = q.Corrupt(data.Draw(1, 1), Times.All(0.3, 1), data.Draw(1, 2));
        var signs = new[] { (1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1) }
            .Select(p => tensor(new double[] { p.Item1, p.Item2, p.Item3 }).expand(x.shape)).ToList();
        var exact = flow.Flow(D, x, 0.3, signs).Divergence.mean().item<double>();
        var gaussian = Estimate.Of([.. Enumerable.Range(0, 1000).Select(_ => flow.Flow(D, x, 0.3, [z.Normal(x)]).Divergence.item<double>())]);
        Assert.InRange(exact, gaussian.Mean - 2 * gaussian.HalfWidth, gaussian.Mean + 2 * gaussian.HalfWidth);
    }

    [Fact, LeaksNoTensors]
    public void A_likelihood_leaves_no_tensors()
    {
        var q = (NoiseSchedule)new VpOptions().Build();
        using var scope = NewDisposeScope();
        var x = zeros(2, 1, 2, 2) + 0.1;
        var before = Tensor.TotalCount;
        using var inner = NewDisposeScope();
        var (found, latent) = new FlowLikelihood(q, rtol: 1e-3, atol: 1e-3).Of((at, t) => new Denoised(0.5 * at), x, [ones_like(x)]);
        inner.Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }

    /// <summary>log q(x_eps), with the prior that sampling starts from in place of the law at the end of the clock.</summary>
    private static Tensor Expected(KnownData data, NoiseSchedule q, Tensor x, double epsilon, Tensor latent) =>
        data.LogDensity(q, x, epsilon * q.Horizon) - data.LogDensity(q, latent, q.Horizon)
        + Gaussian.LogDensity(latent, q.PriorSigma).flatten(1).sum([1]);
}
