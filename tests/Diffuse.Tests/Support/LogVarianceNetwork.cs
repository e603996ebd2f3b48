using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Networks;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Tests.Support;

/// <summary>
/// Says a log variance that a network predicts directly (OpenAI's LEARNED) as the V that gives the same one: at every step of the chain the
/// two are affine in each other.
/// </summary>
internal sealed class LogVarianceNetwork(Network inner, BetaSchedule q) : Network("log-variance")
{
    private readonly ReverseVariance small = new(q, Variance.Small);

    public override string ConfigJson => "{}";

    public override bool IsDiffusers => false;

    public override Tensor forward(Tensor x, Tensor noise, Condition given)
    {
        var halves = inner.call(x, noise, given).chunk(2, 1);
        var t = new Times([.. Close.Values(noise).Select(label => label + 1)]);
        var low = t.Coefficients(time => small.LogPosterior(time - 1, time), x);
        var high = t.Coefficients(time => Math.Log(q.Between(time - 1, time).Variance), x);
        return cat([halves[0], 2 * (halves[1] - low) / (high - low) - 1], 1);
    }
}
