using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Guidance;

/// <summary>log p(class | x_t) of a classifier, of the class that each image is wanted to have; of images without one, 0.</summary>
internal sealed class ClassifierGuide(NoisyClassifier classifier) : IGuide
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <inheritdoc/>
    public Tensor LogProbability(Tensor x, double t, Condition given) => OfLabel(classifier.Logits(x, Times.All(t, x.shape[0])), given);

    /// <summary>log softmax of logits [N, K] at the label of each image, [N]; 0 for the null label.</summary>
    public static Tensor OfLabel(Tensor logits, Condition given)
    {
        var label = given.Label ?? throw new ArgumentException("a classifier guides to the label of each image, and none was given");
        var classes = logits.shape[1];
        var wanted = logits.log_softmax(1).gather(1, label.clamp(max: classes - 1).unsqueeze(1)).squeeze(1);
        return wanted * (label < classes).to(wanted.dtype);
    }
}

/// <summary>A classifier of this tool; on clean estimates in universal guidance, on noised images in classifier guidance.</summary>
[Kind("classifier")]
public sealed record ClassifierGuideOptions : GuideOptions
{
    /// <summary>A run or checkpoint of objective noisy-classification.</summary>
    [ConfigPath]
    public string Model { get; init; } = "";

    /// <inheritdoc/>
    public override bool ReadsNoise => true;

    /// <inheritdoc/>
    public override IGuide Build(IGuideSources sources)
    {
        var model = Given(Model, "model", "a run of objective noisy-classification");
        return new ClassifierGuide(sources.Classifier(model)) { Choices = sources.Classes(model) };
    }
}
