using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Latents;
using Diffuse.Networks;
using static TorchSharp.torch;

namespace Diffuse.Conditions;

/// <summary>
/// Inpainting and outpainting by concatenation (Saharia et al. 2022, Palette; Rombach et al. 2022): beside x_t the network sees the mask, 1 where
/// the image is unknown, and the image with zeros there; in latents, the mask of the latents that see a part of it, and the latents of that image. In training the
/// mask is a random rectangle, or all but one.
/// </summary>
/// <param name="outside">The share of masks that leave only a rectangle known.</param>
internal sealed class MaskedImage(int channels, double outside, ILatentSpace latents) : IConditioner
{
    /// <inheritdoc/>
    public NullCondition Null { get; } = new(Image: [.. Enumerable.Repeat(true, channels + 1)]);

    /// <inheritdoc/>
    public NetworkShape Asks(NetworkShape shape) => shape with { Image = shape.Image + channels + 1 };

    /// <inheritdoc/>
    public Condition Tell(Batch batch, Random random)
    {
        var images = batch.Pixels;
        var (n, height, width) = ((int)images.shape[0], (int)images.shape[2], (int)images.shape[3]);
        var values = new float[n * height * width];
        for (var i = 0; i < n; i++)
        {
            Draw(values.AsSpan(i * height * width, height * width), height, width, random);
        }

        return Of(images, tensor(values, [n, 1, height, width], device: images.device));
    }

    /// <summary>Its part for images [N, C, H, W] in [-1, 1].</summary>
    /// <param name="unknown">[N or 1, 1, H, W], 1 where the image is to be made up and 0 where it is known.</param>
    public Condition Of(Tensor images, Tensor unknown)
    {
        using var quiet = no_grad();
        unknown = unknown.expand(images.shape[0], 1, images.shape[2], images.shape[3]);
        var known = latents.Encode(images * (1 - unknown));
        return new(Image: cat([latents.IsPixels ? unknown : nn.functional.max_pool2d(unknown, images.shape[2] / known.shape[2]), known], 1));
    }

    /// <summary>A rectangle of a quarter to three quarters of each side.</summary>
    private void Draw(Span<float> mask, int height, int width, Random random)
    {
        var (inside, around) = random.NextDouble() < outside ? (0f, 1f) : (1f, 0f);
        var (tall, wide) = (Side(height, random), Side(width, random));
        var (top, left) = (random.Next(height - tall + 1), random.Next(width - wide + 1));
        mask.Fill(around);
        for (var y = top; y < top + tall; y++)
        {
            mask.Slice(y * width + left, wide).Fill(inside);
        }
    }

    private static int Side(int full, Random random) => Math.Max(1, full / 4 + random.Next(full / 2 + 1));
}

/// <summary>The image with a hole: the model fills it.</summary>
[Kind("masked-image")]
public sealed record MaskedImageOptions : ConditionOptions
{
    /// <summary>The share of training masks that hide all but a rectangle, for outpainting.</summary>
    [Range(0.0, 1.0)]
    public double Outside { get; init; } = 0.3;

    /// <inheritdoc/>
    public override IConditioner Build(ConditionSources from) => new MaskedImage(from.LatentChannels, Outside, from.Latents);
}
