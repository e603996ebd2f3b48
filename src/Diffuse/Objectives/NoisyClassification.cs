using System.ComponentModel.DataAnnotations;
using Diffuse.Conditions;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Networks;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Objectives;

/// <summary>
/// Trains the classifier of classifier guidance (Dhariwal and Nichol 2021, section 4): the cross entropy of the label given x_t, with times drawn
/// as for a denoiser.
/// </summary>
/// <param name="clean">The share of images that are shown as they are, at time 0.</param>
internal sealed class NoisyClassification(NoisyClassifier classifier, Classifier network, ITimeLaw times, double clean) : IObjective
{
    /// <inheritdoc/>
    public nn.Module Trainable => network;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> State => times.State;

    /// <inheritdoc/>
    public Tensor Loss(Batch batch, INoise z, Random random)
    {
        var n = (int)batch.Images.shape[0];
        var drawn = times.Draw(n, random);
        var t = clean == 0 ? drawn.Times : new Times([.. drawn.Times.Values.Select(time => random.NextDouble() < clean ? 0 : time)]);
        var x = classifier.Process.Corrupt(batch.Images, t, z.Normal(batch.Images));
        var losses = nn.functional.cross_entropy(classifier.Logits(x, t), batch.Condition.Label!, reduction: nn.Reduction.None);
        return times.Weighed(drawn with { Times = t }, losses);
    }
}

/// <summary>A classifier of noised images, for guidance; with <c>clean: 1</c> one of images as they are.</summary>
[Kind("noisy-classification")]
public sealed record NoisyClassificationOptions : ObjectiveOptions
{
    public TimeLawOptions Times { get; init; } = new UniformTimesOptions();

    /// <summary>The share of images that are not noised.</summary>
    [Range(0.0, 1.0)]
    public double Clean { get; init; }

    /// <inheritdoc/>
    public override string Folder => "classifier";

    /// <inheritdoc/>
    public override NetworkShape Asks(NetworkShape images, ConditionSources from) => from.Classes.Count > 0
        ? images with { Out = from.Classes.Count }
        : throw new ConfigException("objective noisy-classification needs images with labels; allowed: images in sub-folders, or with labels in metadata.jsonl or dataset.json");

    /// <inheritdoc/>
    public override IObjective Build(ObjectiveParts parts) => parts.Network is Classifier network
        ? new NoisyClassification(new NoisyClassifier(network, parts.Parameterization, parts.Process), network, Times.Build(parts.Process), Clean)
        : throw new ConfigException("objective noisy-classification trains a classifier: found a network whose output is an image; allowed: network: half-unet or resnet");
}
