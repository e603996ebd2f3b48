using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Networks;
using static TorchSharp.torch;

namespace Diffuse.Guidance;

/// <summary>What a TorchScript guide returns.</summary>
public enum ScriptOutput
{
    /// <summary>[N, K] of K classes, the image's own being wanted.</summary>
    Logits,

    /// <summary>[N], smaller for better images.</summary>
    Loss,
}

/// <summary>
/// log softmax of a function's logits at the wanted class, or minus its loss.
/// </summary>
/// <param name="f">Of images [N, C, H, W] in [-1, 1].</param>
internal sealed class ScriptGuide(Func<Tensor, Tensor> f, ScriptOutput output) : IGuide
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Choices { get; set; } = [];

    /// <inheritdoc/>
    public Tensor LogProbability(Tensor x, double t, Condition given)
    {
        var result = f(x).to(x.dtype);
        return output == ScriptOutput.Logits ? ClassifierGuide.OfLabel(result, given) : -result.reshape(-1);
    }
}

/// <summary>Any differentiable function of images that torch.jit.save wrote: a classifier, a detector's loss, an aesthetic score.</summary>
[Kind("script")]
public sealed record ScriptGuideOptions : GuideOptions
{
    /// <summary>The one kind of file whose code is run.</summary>
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

    /// <summary>logits, [N, K], or loss, [N].</summary>
    public ScriptOutput Output { get; init; }

    /// <summary>The names of the K classes; none: class 0, class 1, ...</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <inheritdoc/>
    public override IGuide Build(IGuideSources sources)
    {
        const string section = "sampling.guides: script";
        var f = ScriptFile.OfImages(
            Given(File, "file", "a file that torch.jit.save wrote"), section, Size, new Normalization(Mean, Std), sources.Shape[0], sources.Device);
        var guide = new ScriptGuide(f, Output);
        using var scope = NewDisposeScope();
        var images = zeros([2, .. sources.Shape], float32, sources.Device);
        var (right, allowed) = Output == ScriptOutput.Logits
            ? ((Func<long[], bool>)(shape => shape is [2, > 1]), "logits [2, K], one row for each of two images")
            : (shape => shape is [2] or [2, 1], "a loss for each of two images, [2]");
        var shape = ScriptFile.Check(File, $"{section}: file", () => f(images), right, allowed);
        if (Output == ScriptOutput.Logits)
        {
            guide.Choices = Classes.Count > 0 ? Classes : [.. Enumerable.Range(0, (int)shape[1]).Select(label => $"class {label}")];
        }

        return Output == ScriptOutput.Loss || guide.Choices.Count == shape[1]
            ? guide
            : throw new ConfigException($"sampling.guides: script: classes: found {Classes.Count} names; allowed: {shape[1]}, one for each logit, or none");
    }
}
