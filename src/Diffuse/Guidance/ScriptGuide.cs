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
/// log softmax of a function's logits at the wanted class, or minus its loss. The function sees ((x + 1) / 2 - mean) / std, resized to its own size, in
/// float32.
/// </summary>
/// <param name="size">S of the S x S images that it takes; null: as they are.</param>
internal sealed class ScriptGuide(Func<Tensor, Tensor> f, int? size, Normalization seen, ScriptOutput output) : IGuide
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Choices { get; set; } = [];

    /// <inheritdoc/>
    public Tensor LogProbability(Tensor x, double t, Condition given)
    {
        var result = Result(x).to(x.dtype);
        return output == ScriptOutput.Logits ? ClassifierGuide.OfLabel(result, given) : -result.reshape(-1);
    }

    /// <summary>What the function returns for images [N, C, H, W] in [-1, 1].</summary>
    public Tensor Result(Tensor x)
    {
        var images = x.to(float32);
        return f(seen.Apply(size is { } side ? ClipGuide.Resized(images, side) : images));
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
        const string where = "sampling.guides: script: file";
        var channels = sources.Shape[0];
        if (Mean.Count != Std.Count || (Mean.Count != 1 && Mean.Count != channels && channels != 1))
        {
            throw new ConfigException($"sampling.guides: script: mean has {Mean.Count} values and std {Std.Count}; allowed: 1 or {channels}, both the same");
        }

        var script = ScriptFile.Load(Given(File, "file", "a file that torch.jit.save wrote"), where, sources.Device);
        var guide = new ScriptGuide(script.call, Size, new Normalization(Mean, Std), Output);
        using var scope = NewDisposeScope();
        var images = zeros([2, .. sources.Shape], float32, sources.Device);
        var (right, allowed) = Output == ScriptOutput.Logits
            ? ((Func<long[], bool>)(shape => shape is [2, > 1]), "logits [2, K], one row for each of two images")
            : (shape => shape is [2] or [2, 1], "a loss for each of two images, [2]");
        var shape = ScriptFile.Check(File, where, () => guide.Result(images), right, allowed);
        if (Output == ScriptOutput.Logits)
        {
            guide.Choices = Classes.Count > 0 ? Classes : [.. Enumerable.Range(0, (int)shape[1]).Select(label => $"class {label}")];
        }

        return Output == ScriptOutput.Loss || guide.Choices.Count == shape[1]
            ? guide
            : throw new ConfigException($"sampling.guides: script: classes: found {Classes.Count} names; allowed: {shape[1]}, one for each logit, or none");
    }
}
