using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using static TorchSharp.torch;

namespace Diffuse.Processes;

/// <summary>
/// The variance-preserving process of variational diffusion models (Kingma et al. 2021), whose noise schedule is trained along with the denoiser:
/// alpha^2 = sigmoid(-gamma(t)), sigma^2 = sigmoid(gamma(t)) on the clock 0..1, with gamma a <see cref="MonotoneNetwork"/>. Networks are told
/// how far gamma is between its ends, in thousandths. The doubles follow the network's weights as they change.
/// </summary>
internal sealed class LearnedSchedule(MonotoneNetwork network) : NoiseSchedule
{
    /// <summary>The first time: sigma falls from sigmoid(gamma0)^(1/2) there to 0 at clean data.</summary>
    private const double First = 1e-5;

    /// <inheritdoc/>
    public override double Horizon => 1;

    /// <summary>Sampling starts from N(0, I).</summary>
    public override double PriorSigma => 1;

    /// <inheritdoc/>
    public override nn.Module? Learned => network;

    /// <inheritdoc/>
    public override double TimeAt(double u) => First + u * (1 - First);

    /// <inheritdoc/>
    public override double Label(double t) => 1000 * network.At(t).U;

    /// <inheritdoc/>
    public override double Alpha(double t) => t == 0 ? 1 : Root(-Gamma(t).Value);

    /// <inheritdoc/>
    public override double Sigma(double t) => t == 0 ? 0 : Root(Gamma(t).Value);

    /// <inheritdoc/>
    public override double AlphaRate(double t)
    {
        var gamma = Gamma(t);
        return -0.5 * gamma.Rate * Root(-gamma.Value) * Math.Pow(Root(gamma.Value), 2);
    }

    /// <inheritdoc/>
    public override double SigmaRate(double t)
    {
        var gamma = Gamma(t);
        return 0.5 * gamma.Rate * Root(gamma.Value) * Math.Pow(Root(-gamma.Value), 2);
    }

    /// <summary>With gradients: to the ends of gamma directly, to its form by the leaves.</summary>
    /// <inheritdoc/>
    public override NoiseLevels Levels(Times t, Tensor like)
    {
        var (u, rate) = network.Shape(tensor(t.Values, device: like.device));
        var (first, last) = network.Ends();
        var (ofU, ofRate) = (Leaf(u), Leaf(rate));
        var gamma = first + (last - first) * ofU;
        var (alpha, sigma) = ((-gamma).sigmoid().sqrt(), gamma.sigmoid().sqrt());
        return new(PerImage(alpha), PerImage(sigma), PerImage((first - last) * ofRate), [(ofU, u), (ofRate, rate)]);

        Tensor PerImage(Tensor values)
        {
            long[] shape = [t.Count, .. Enumerable.Repeat(1L, (int)like.dim() - 1)];
            return values.to(like.dtype).reshape(shape);
        }
    }

    private static Tensor Leaf(Tensor live) => live.detach().requires_grad_(live.requires_grad);

    private (double Value, double Rate) Gamma(double t)
    {
        var at = network.At(t);
        return (at.First + (at.Last - at.First) * at.U, (at.Last - at.First) * at.Rate);
    }

    private static double Root(double x) => 1 / Math.Sqrt(1 + Math.Exp(-x));
}

/// <summary>A noise schedule that training finds. For loss variational-continuous; other losses leave it as it starts.</summary>
[Kind("learned")]
public sealed record LearnedScheduleOptions : ProcessOptions, IValidatableObject
{
    /// <summary>gamma = -logSNR at the clean end: the noise that an image has when it counts as clean.</summary>
    [Range(-30.0, 0.0)]
    public double GammaMin { get; init; } = -13.3;

    /// <summary>gamma at the noisy end.</summary>
    [Range(0.0, 30.0)]
    public double GammaMax { get; init; } = 5;

    /// <summary>Whether both ends are trained too, by the bound itself; the form between them is trained for the least variance of the bound.</summary>
    public bool LearnEnds { get; init; }

    /// <summary>Sigmoids that the form is made of.</summary>
    [Range(1, 100_000)]
    public int Hidden { get; init; } = 128;

    /// <inheritdoc/>
    public override ForwardProcess Build() => new LearnedSchedule(new MonotoneNetwork(Hidden, GammaMin, GammaMax, LearnEnds));

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        GammaMin < GammaMax ? [] : [new ValidationResult("allowed: less than gamma_max", [nameof(GammaMin)])];
}
