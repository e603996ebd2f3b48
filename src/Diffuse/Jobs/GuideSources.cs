using Diffuse.Conditions;
using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Guidance;
using Diffuse.Networks;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>Other models and pictures that guide a model. They live as long as its plan.</summary>
internal sealed class GuideSources(RunPlan guided) : IGuideSources, IDisposable
{
    private readonly Dictionary<string, LoadedModel> opened = [];
    private readonly Dictionary<GuideOptions, IGuide> guides = [];

    /// <inheritdoc/>
    public Device Device => guided.Device;

    /// <inheritdoc/>
    public IReadOnlyList<long> Shape => [guided.Images.Channels, guided.Images.Height, guided.Images.Width];

    /// <inheritdoc/>
    public IGuide Guide(GuideOptions options) =>
        guides.TryGetValue(options, out var known) ? known : guides[options] = options.Build(this);

    /// <inheritdoc/>
    public NoisyClassifier Classifier(string model)
    {
        var parts = Open(model).Parts;
        return parts.Network is Classifier network
            ? new NoisyClassifier(network, parts.Parameterization, parts.Process)
            : throw new ConfigException($"sampling.guides: {model} holds no classifier; allowed: a model of objective noisy-classification");
    }

    /// <summary>The classes that a classifier reads.</summary>
    public IReadOnlyList<string> Classes(string model) => Open(model).Images.Classes;

    /// <inheritdoc/>
    public (Clip Clip, Tensor Text) Clip(string model, string prompt)
    {
        var plan = Open(model);
        var clip = plan.Network as Clip ?? throw new ConfigException($"sampling.guides: {model} holds no CLIP; allowed: a model of objective contrastive");
        using var gradients = no_grad();
        return (clip, clip.TextFeatures(CaptionCondition.Ids(plan.Tokenizer!, [prompt], Device)).DetachFromDisposeScope());
    }

    /// <inheritdoc/>
    public IDenoiser Denoiser(string model) => Open(model).Model;

    /// <inheritdoc/>
    public Tensor Image(string file)
    {
        var images = GivenImages.Read(file, "sampling.guides", guided);
        return images.Count == 1
            ? GivenImages.Tensor(images, Device).DetachFromDisposeScope()
            : throw new ConfigException($"sampling.guides: {file} holds {images.Count} images; allowed: one");
    }

    public void Dispose()
    {
        foreach (var model in opened.Values)
        {
            model.Dispose();
        }
    }

    private RunPlan Open(string path)
    {
        if (!opened.TryGetValue(path, out var model))
        {
            opened[path] = model = LoadedModel.Open(ModelChoice.At(path), [new ConfigOverride("device", "device", $"{guided.Config.Device}".ToLowerInvariant())], _ => { });
        }

        return model.Plan.Images is var images && (images.Height, images.Width, images.Channels) == (guided.Images.Height, guided.Images.Width, guided.Images.Channels)
            ? model.Plan
            : throw new ConfigException($"{path}: found a model of {images.Width}x{images.Height}x{images.Channels}; allowed: one of the images that are drawn");
    }
}
