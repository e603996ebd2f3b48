using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Latents;
using Diffuse.Networks;
using static TorchSharp.torch;

namespace Diffuse.Conditions;

/// <summary>
/// Super-resolution by concatenation (Saharia et al. 2021, SR3; Dhariwal and Nichol 2021): beside x_t the network sees the image halved in size
/// (factor times, by area) and brought back bilinearly; in latents, the latents of that.
/// </summary>
internal sealed class LowResolution(int factor, int channels, ILatentSpace latents) : IConditioner
{
    public int Factor => factor;

    /// <inheritdoc/>
    public NullCondition Null { get; } = new(Image: [.. Enumerable.Repeat(true, channels)]);

    /// <inheritdoc/>
    public NetworkShape Asks(NetworkShape shape) => shape with { Image = shape.Image + channels };

    /// <inheritdoc/>
    public Condition Tell(Batch batch, Random random) => Of(batch.Pixels);

    /// <summary>Its part for images [N, C, H, W] in [-1, 1].</summary>
    public Condition Of(Tensor images) => Enlarged(nn.functional.avg_pool2d(images, factor));

    /// <summary>Its part for small images [N, C, H / factor, W / factor] in [-1, 1].</summary>
    public Condition Enlarged(Tensor small)
    {
        using var quiet = no_grad();
        return new(Image: latents.Encode(nn.functional.interpolate(small, scale_factor: [factor, factor], mode: InterpolationMode.Bilinear, align_corners: false)));
    }
}

/// <summary>The image at a lower resolution: the model enlarges.</summary>
[Kind("low-resolution")]
public sealed record LowResolutionOptions : ConditionOptions
{
    /// <summary>How much smaller in height and width.</summary>
    [Range(2, 16)]
    public int Factor { get; init; } = 4;

    /// <inheritdoc/>
    public override IConditioner Build(ConditionSources from) => new LowResolution(Factor, from.LatentChannels, from.Latents);
}
