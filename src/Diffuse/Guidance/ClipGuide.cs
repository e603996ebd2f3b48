using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Networks;
using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Guidance;

/// <summary>
/// The agreement of images and a text in the features of CLIP (Nichol et al. 2021, GLIDE, section 2.4), the mean over cut-outs: squares of the image at
/// random places, brought to the size that CLIP sees, which keep the gradient from drawing into single pixels.
/// </summary>
/// <param name="text">[1, E].</param>
/// <param name="seen">How the CLIP wants images.</param>
/// <param name="cutouts">0: the whole image alone.</param>
internal sealed class ClipGuide(Clip clip, Tensor text, Normalization seen, int cutouts) : IGuide
{
    /// <inheritdoc/>
    public Tensor LogProbability(Tensor x, double t, Condition given)
    {
        var scores = Score(x);
        var random = Seeds.Random(cutouts, BitConverter.DoubleToInt64Bits(t));
        for (var i = 0; i < cutouts; i++)
        {
            var side = (int)Math.Round(Math.Min(x.shape[2], x.shape[3]) * (0.5 + 0.5 * random.NextDouble()));
            scores = scores + Score(x.narrow(2, random.Next((int)x.shape[2] - side + 1), side).narrow(3, random.Next((int)x.shape[3] - side + 1), side));
        }

        return scores / (cutouts + 1);
    }

    /// <summary>[N]: exp(logit_scale) times the cosine.</summary>
    private Tensor Score(Tensor images) =>
        clip.Logits(clip.ImageFeatures(seen.Apply(PublishedClip.Resized(images, clip.Config.ImageResolution))), text).squeeze(1);
}

/// <summary>CLIP and a prompt.</summary>
[Kind("clip")]
public sealed record ClipGuideOptions : GuideOptions
{
    /// <summary>A run or checkpoint of objective contrastive, or a folder of published weights: see <see cref="PublishedClip"/>.</summary>
    [ConfigPath]
    public string Model { get; init; } = "";

    public string Prompt { get; init; } = "";

    /// <summary>Squares of each image that are looked at beside the whole.</summary>
    [Range(0, 256)]
    public int Cutouts { get; init; } = 8;

    /// <inheritdoc/>
    public override string Caption => $"clip '{Prompt}'";

    /// <inheritdoc/>
    public override bool ReadsNoise => true;

    /// <inheritdoc/>
    public override IGuide Build(IGuideSources sources)
    {
        var (clip, text, seen) = sources.Clip(Given(Model, "model", "a run of objective contrastive, or a folder of published weights"), Given(Prompt, "prompt", "words"));
        return new ClipGuide(clip, text, seen, Cutouts);
    }
}
