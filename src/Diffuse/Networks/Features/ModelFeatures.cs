using Diffuse.Configuration;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>A network of this tool: a classifier of clean images, or a CLIP.</summary>
[Kind("model")]
public sealed record ModelFeatureOptions : FeatureOptions
{
    /// <summary>A run or checkpoint of network resnet, or of objective contrastive.</summary>
    [ConfigPath]
    public string Model { get; init; } = "";

    /// <inheritdoc/>
    public override IFeatureNetwork Build(IFeatureSources sources)
    {
        const string allowed = "a run of network resnet, or of objective contrastive";
        var (network, name, key) = sources.Model(Given(Model, "model", allowed));
        return network switch
        {
            ResNet classifier => new FeatureNetwork($"classifier {name}", key, x => Read(classifier, x)),
            Clip clip => new FeatureNetwork($"clip {name}", key, x => new(clip.ImageFeatures(x).to(float32))),
            _ => throw new ConfigException($"features: model: {Model} is a {network.GetType().Name}; allowed: {allowed}"),
        };

        static Features Read(ResNet classifier, Tensor images)
        {
            var features = classifier.Features(images);
            return new(features, Logits: classifier.Logits(features));
        }
    }
}
