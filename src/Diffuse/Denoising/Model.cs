using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Networks;
using Diffuse.Parameterizations;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Denoising;

/// <summary>What the network says about a batch.</summary>
/// <param name="F">[N, C, H, W] float32; what it means is the parameterization's business.</param>
/// <param name="V">[N, C, H, W] the second half of the channels, where the variance is learned.</param>
public readonly record struct Output(Tensor F, Tensor? V);

/// <summary>A network and the meaning of its output: D(x; t) = c_skip x + c_out F(c_in x; c_noise).</summary>
/// <param name="text">Turns captions into what the network is told; null for models without captions.</param>
public sealed class Model(Network network, Parameterization parameterization, ForwardProcess process, ITextReader? text = null) : IDenoiser
{
    public Network Network => network;

    public Parameterization Parameterization => parameterization;

    public ForwardProcess Process => process;

    public ITextReader? Text => text;

    /// <summary>The condition with its captions encoded, which is done once for all steps of a sample.</summary>
    public Condition Read(Condition given)
    {
        if (text is null || given.Tokens is not null || given.Caption is not { } caption)
        {
            return given;
        }

        var read = text.Read(caption);
        return given with { Tokens = read.Tokens, Embedding = network.IsToldVector ? read.Summary : given.Embedding, TokenMask = read.Mask };
    }

    /// <summary>F(c_in x_t; c_noise), one time per image.</summary>
    /// <param name="x">[N, C, H, W].</param>
    public Output F(Tensor x, Times t, Condition given)
    {
        var output = network.Told(parameterization, x, t, Read(given));
        var channels = x.shape[1];
        return output.shape[1] == 2 * channels
            ? new(output.narrow(1, 0, channels), output.narrow(1, channels, channels))
            : new(output, null);
    }

    /// <summary>D(x_t), one time per image.</summary>
    public Denoised Denoise(Tensor x, Times t, Condition given) => Clean(F(x, t, given), x, t);

    /// <inheritdoc/>
    public Denoised Denoise(Tensor x, double t, Condition given) => Denoise(x, Times.All(t, x.shape[0]), given);

    /// <summary>The estimate of x0 that an output amounts to.</summary>
    public Denoised Clean(Output output, Tensor x, Times t) => new(
        t.Coefficients(time => parameterization.At(time).Skip, x) * x + t.Coefficients(time => parameterization.At(time).Out, x) * output.F,
        output.V);
}

internal static class Preconditioned
{
    /// <exception cref="ConfigException">The network takes the logarithm of c_noise, which is not above 0 at all times of training.</exception>
    public static void CheckTimes(this Network network, Parameterization parameterization, ForwardProcess process)
    {
        if (!network.TakesLogOfTime)
        {
            return;
        }

        var least = new[] { process.TimeAt(0), process.Horizon }.Min(t => parameterization.At(t).Noise);
        if (!(least > 0))
        {
            throw new ConfigException(FormattableString.Invariant(
                $"network: time_features fourier takes the logarithm of the time that the network is told, and it is told {least:g3} here; allowed: positional, or a process that tells sigma itself (ve)"));
        }
    }

    /// <summary>network(c_in x; c_noise, c), one time per image.</summary>
    public static Tensor Told(this Network network, Parameterization parameterization, Tensor x, Times t, Condition given)
    {
        var c = t.Map(parameterization.At);
        var scaled = Array.TrueForAll(c, one => Math.Abs(one.In - 1) < 1e-12) ? x : t.Coefficients(time => parameterization.At(time).In, x) * x;
        return network.call(scaled, tensor(Array.ConvertAll(c, one => one.Noise), x.dtype, x.device), given);
    }
}
