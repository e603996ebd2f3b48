using Diffuse.Data;
using Diffuse.Networks;
using Diffuse.Parameterizations;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Denoising;

/// <summary>A network and the meaning of its output: D(x; t) = c_skip x + c_out F(c_in x; c_noise).</summary>
public sealed class Model(Network network, Parameterization parameterization, ForwardProcess process) : IDenoiser
{
    public Network Network => network;

    public Parameterization Parameterization => parameterization;

    public ForwardProcess Process => process;

    /// <summary>F(c_in x_t; c_noise), one time per image; float32 [N, C', H, W].</summary>
    public Tensor F(Tensor x, Times t, Condition given)
    {
        var scaled = t.Values.All(time => parameterization.At(time).In == 1) ? x : t.Coefficients(time => parameterization.At(time).In, x) * x;
        return network.call(scaled, tensor(t.Values.Select(time => (float)parameterization.At(time).Noise).ToArray(), device: x.device), given);
    }

    /// <inheritdoc/>
    public Denoised Denoise(Tensor x, double t, Condition given)
    {
        var c = parameterization.At(t);
        var output = F(x, Times.All(t, x.shape[0]), given);
        var channels = x.shape[1];
        var learned = output.shape[1] == 2 * channels;
        var f = learned ? output.narrow(1, 0, channels) : output;
        return new Denoised(c.Skip * x + c.Out * f, learned ? output.narrow(1, channels, channels) : null);
    }
}
