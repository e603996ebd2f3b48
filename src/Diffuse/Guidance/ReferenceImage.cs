using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Data;
using static TorchSharp.torch;

namespace Diffuse.Guidance;

/// <summary>
/// Minus the squared distance to a picture, where a mask lets it count: of all pixels (an image to come close to), of a part (a drawn outline), or of
/// the picture's averages over squares (its layout and colours).
/// </summary>
/// <param name="target">[1, C, H, W].</param>
/// <param name="weight">[1, 1, H, W]; null: 1.</param>
/// <param name="square">Side of the squares that are averaged; 1: pixels.</param>
internal sealed class ReferenceImage(Tensor target, Tensor? weight, int square) : IGuide
{
    /// <inheritdoc/>
    public Tensor LogProbability(Tensor x, double t, Condition given)
    {
        var off = x - target.to(x.dtype);
        off = weight is null ? off : off * weight;
        return -(square == 1 ? off : nn.functional.avg_pool2d(off, square)).square().flatten(1).sum(1);
    }
}

/// <summary>A picture that clean estimates are to come close to.</summary>
[Kind("reference")]
public sealed record ReferenceImageOptions : GuideOptions
{
    [ConfigPath]
    public string Image { get; init; } = "";

    /// <summary>A picture that is white where the distance counts; none: everywhere.</summary>
    [ConfigPath]
    public string Mask { get; init; } = "";

    /// <summary>Side of the squares whose averages are compared; 1: pixels.</summary>
    [Range(1, 64)]
    public int Square { get; init; } = 1;

    /// <inheritdoc/>
    public override IGuide Build(IGuideSources sources) => new ReferenceImage(
        sources.Image(Given(Image, "image", "a picture")), Mask.Length == 0 ? null : sources.Mask(Mask, Image), Square);
}
