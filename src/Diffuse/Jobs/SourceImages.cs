using Diffuse.Conditions;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Samplers;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>
/// The images that <c>sample --image</c> starts from, and what is done with them: a model of low-resolution images enlarges them, one of masked
/// images fills them, and any other fills them by replacement or varies them.
/// </summary>
internal sealed class SourceImages
{
    private Tensor? pixels;
    private Tensor? unknown;
    private double strength;
    private int repeats;

    /// <summary>[N, C', H, W] that the network sees beside x_t; null for networks that see none.</summary>
    public Tensor? Condition { get; private init; }

    /// <exception cref="ConfigException">An image is missing, unreadable or of no use to the model.</exception>
    public static SourceImages Of(SampleRequest request, RunPlan plan)
    {
        var enlarging = plan.Conditions.Find<LowResolution>();
        var filling = plan.Conditions.Find<MaskedImage>();
        if (request.Image is null)
        {
            return enlarging is null && filling is null
                ? request.Mask is null ? new SourceImages() : throw new ConfigException("--mask: no image; allowed: with --image")
                : throw new ConfigException($"--image: missing; the model {(enlarging is null ? "fills" : "enlarges")} images: name one, or a folder of them");
        }

        var images = GivenImages.Read(request.Image, "--image", plan, enlarging?.Factor ?? 1);
        var pixels = GivenImages.Tensor(images, plan.Device);
        if (enlarging is not null)
        {
            return request.Mask is null && request.Strength is null
                ? new SourceImages { Condition = enlarging.Enlarged(pixels).Image }
                : throw new ConfigException("--mask, --strength: the model enlarges images; leave them out");
        }

        var unknown = request.Mask is { } mask ? GivenImages.Mask(mask, "--mask", plan, images) : null;
        if (filling is not null)
        {
            return unknown is not null
                ? new SourceImages { Condition = filling.Of(pixels, unknown).Image }
                : throw new ConfigException("--mask: missing; the model fills images: name a picture that is white where the image is to be made up");
        }

        if ((unknown, request.Strength) is (null, null) && plan.Knows<ImageEmbedding>())
        {
            return new SourceImages(); // told by its embedding
        }

        return (unknown, request.Strength) is (null, null)
            ? throw new ConfigException("--image: found no --mask and no --strength; allowed: one of them, to fill a part of the image or to vary it")
            : new SourceImages { pixels = pixels, unknown = unknown, strength = request.Strength ?? 1, repeats = plan.Config.Sampling.FillRepeats };
    }

    /// <summary>[N, C, H, W] in [-1, 1], one for each seed; the images are taken in turn.</summary>
    /// <param name="part">The places of the seeds among all.</param>
    public Tensor Draw(Generation generation, IReadOnlyList<int> part, IReadOnlyList<long> seeds, Condition given, CancellationToken stop)
    {
        if (pixels is null)
        {
            return generation.Draw(seeds, given, stop);
        }

        var own = pixels.index_select(0, tensor(part.Select(i => i % pixels.shape[0]).ToArray(), device: pixels.device));
        return unknown is null ? generation.Vary(own, strength, seeds, given, stop) : generation.Fill(own, unknown, repeats, seeds, given, stop);
    }
}
