using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Networks;
using static TorchSharp.torch;

namespace Diffuse.Guidance;

/// <summary>
/// Minus the distance to the style of a picture (Gatys et al. 2016, equations 3 to 5): of the correlations of features, whatever their places,
///   sum over levels of |G - A|^2 / (4 C^2), G = F F^T / (H W) of the features F [C, H W] of the image and A of the picture,
/// in the levels of a classifier of clean images.
/// </summary>
/// <param name="picture">[1, C, H, W].</param>
internal sealed class StyleGuide(ResNet network, Tensor picture) : IGuide
{
    private readonly Tensor[] wanted = Wanted(network, picture);

    /// <inheritdoc/>
    public Tensor LogProbability(Tensor x, double t, Condition given) => network.Levels(x).Zip(wanted)
        .Select(pair => -(Gram(pair.First) - pair.Second).square().flatten(1).mean([1]) / 4)
        .Aggregate((sum, level) => sum + level);

    /// <summary>[N, C, C].</summary>
    private static Tensor Gram(Tensor features)
    {
        var rows = features.to(float32).flatten(2);
        return rows.bmm(rows.transpose(1, 2)) / rows.shape[2];
    }

    private static Tensor[] Wanted(ResNet network, Tensor picture)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        return [.. network.Levels(picture).Select(level => Gram(level).DetachFromDisposeScope())];
    }
}

/// <summary>A picture whose textures and contrasts clean estimates are to have, wherever they lie in it.</summary>
[Kind("style")]
public sealed record StyleGuideOptions : GuideOptions
{
    [ConfigPath]
    public string Image { get; init; } = "";

    /// <summary>A run or checkpoint of network resnet, whose features tell styles.</summary>
    [ConfigPath]
    public string Model { get; init; } = "";

    /// <inheritdoc/>
    public override IGuide Build(IGuideSources sources)
    {
        const string allowed = "a run of network resnet";
        var model = Given(Model, "model", allowed);
        return sources.Classifier(model).Network is ResNet network
            ? new StyleGuide(network, sources.Image(Given(Image, "image", "a picture")))
            : throw new ConfigException($"sampling.guides: guide style: model: found another classifier in {model}; allowed: {allowed}");
    }
}
