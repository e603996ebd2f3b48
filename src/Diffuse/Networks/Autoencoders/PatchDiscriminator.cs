using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>
/// Tells images from reconstructions, patch by patch (Isola et al. 2017, section 3.2.2; with group in place of batch normalization, so that an image is judged
/// by itself). [N, C, H, W] to [N, 1, h, w], above 0 for real ones.
/// </summary>
internal sealed class PatchDiscriminator : nn.Module<Tensor, Tensor>
{
    /// <summary>The smallest side of an image.</summary>
    public const int Smallest = 12;

    private const int Layers = 3, Groups = 8;

    private readonly Conv2d[] convolutions;
    private readonly GroupNorm[] norms;

    /// <param name="width">Channels of the first layer, a multiple of 8; each further one has twice as many.</param>
    public PatchDiscriminator(int channels, int width, Precision precision, long seed)
        : base(nameof(PatchDiscriminator))
    {
        using var generator = new Generator((ulong)seed);
        int Width(int layer) => width << layer;
        convolutions = [.. Enumerable.Range(0, Layers).Select(layer => new Conv2d(
            layer == 0 ? channels : Width(layer - 1), Width(layer), 4, precision, generator, stride: layer < Layers - 1 ? 2 : 1, padding: 1)),
            new Conv2d(Width(Layers - 1), 1, 4, precision, generator, padding: 1)];
        norms = [.. Enumerable.Range(1, Layers - 1).Select(layer => new GroupNorm(Width(layer), Groups, 1e-5))];
        foreach (var (layer, convolution) in convolutions.Index())
        {
            register_module($"conv{layer}", convolution);
        }

        foreach (var (layer, norm) in norms.Index())
        {
            register_module($"norm{layer + 1}", norm);
        }
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var h = convolutions[0].call(ChannelsLast.Of(x));
        for (var layer = 1; layer < Layers; layer++)
        {
            h = convolutions[layer].call(nn.functional.leaky_relu(layer == 1 ? h : norms[layer - 2].Normalize(h), 0.2));
        }

        return convolutions[Layers].call(nn.functional.leaky_relu(norms[Layers - 2].Normalize(h), 0.2)).to(float32).MoveToOuterDisposeScope();
    }
}
