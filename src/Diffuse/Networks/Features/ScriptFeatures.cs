using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>Any function of images that torch.jit.save wrote, [N, C, H, W] to [N, D]: the one kind of file whose code is run.</summary>
[Kind("script")]
public sealed record ScriptFeatureOptions : FeatureOptions
{
    [ConfigPath]
    public string File { get; init; } = "";

    /// <summary>The side of the square images that it takes; by default they are given as they are.</summary>
    [Range(1, 4096)]
    public int? Size { get; init; }

    /// <summary>Its normalization: the mean of each channel of images in [0, 1]. With mean and std 0.5 it sees images in [-1, 1].</summary>
    [MinLength(1)]
    public IReadOnlyList<double> Mean { get; init; } = [0.5];

    /// <summary>Its normalization: the standard deviation of each channel.</summary>
    [Range(1e-6, 1e6), MinLength(1)]
    public IReadOnlyList<double> Std { get; init; } = [0.5];

    /// <inheritdoc/>
    public override IFeatureNetwork Build(IFeatureSources sources)
    {
        const string section = "features: script";
        var file = Given(File, "file", "a file that torch.jit.save wrote");
        var f = ScriptFile.OfImages(file, section, Size, new Normalization(Mean, Std), sources.Channels, sources.Device);
        if (Size is { } side)
        {
            using var scope = NewDisposeScope();
            var images = zeros([2, sources.Channels, side, side], float32, sources.Device);
            ScriptFile.Check(file, $"{section}: file", () => f(images), shape => shape is [2, > 0], "[2, D], a row of features for each of two images");
        }

        return new FeatureNetwork($"script {Path.GetFileNameWithoutExtension(file)}", sources.Hash(file), x => new(f(x).flatten(1)));
    }
}
