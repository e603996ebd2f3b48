using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>
/// Features of a time t, [N] to [N, size], float32. Their conventions differ between the published networks only in the last frequency and
/// in the order of the halves.
/// </summary>
internal static class TimeFeatures
{
    /// <summary>
    /// sin(t f_j) and cos(t f_j), f_j = 10000^(-j / (half - shift)), j = 0..half - 1, half = size / 2 (Vaswani et al. 2017; Ho et al. 2020 with
    /// shift 1). An odd size ends with a zero.
    /// </summary>
    /// <param name="cosineFirst">diffusers' flip_sin_to_cos; OpenAI's networks have it, Ho's have not.</param>
    public static Tensor Sinusoidal(Tensor t, int size, bool cosineFirst, double shift)
    {
        var half = size / 2;
        var frequencies = tensor(Enumerable.Range(0, half).Select(j => (float)Math.Exp(-Math.Log(10000) * j / (half - shift))).ToArray(), device: t.device);
        var features = Halves(outer(t.to(float32), frequencies), cosineFirst);
        return size % 2 == 0 ? features : nn.functional.pad(features, (0, 1));
    }

    /// <summary>sin and cos of 2 pi f_j t for random frequencies f_j (Tancik et al. 2020; Song et al. 2021).</summary>
    public static Tensor Fourier(Tensor t, Tensor frequencies, bool cosineFirst) => Halves(outer(t, frequencies) * (2 * Math.PI), cosineFirst);

    private static Tensor Halves(Tensor angle, bool cosineFirst)
    {
        var (sine, cosine) = (angle.sin(), angle.cos());
        return cat(cosineFirst ? [cosine, sine] : [sine, cosine], 1);
    }
}

/// <summary>Fourier features of log t, with frequencies that are drawn once and not trained (diffusers' GaussianFourierProjection, scale 16).</summary>
internal sealed class FourierFeatures : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;

    public FourierFeatures(int count, Generator? generator)
        : base(nameof(FourierFeatures))
    {
        weight = Initial.Normal(16, generator, count);
        weight.requires_grad = false;
        register_parameter("weight", weight);
    }

    public override Tensor forward(Tensor t) => TimeFeatures.Fourier(t.log(), weight, cosineFirst: false);
}
