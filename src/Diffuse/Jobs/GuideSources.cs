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
    private const string Where = "sampling.guides";

    private readonly OpenedModels opened = new(guided.Config.Device);
    private readonly FrozenNetworks frozen = new(guided.Device, Machine.Precision(guided.Config.Precision, guided.Device));
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
            : throw new ConfigException($"{Where}: {model} holds no classifier; allowed: a model of objective noisy-classification");
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes(string model) => Open(model).Images.Classes;

    /// <inheritdoc/>
    public (Clip Clip, Tensor Text, Normalization Seen) Clip(string model, string prompt)
    {
        var found = frozen.Clip(model).Network;
        using var gradients = no_grad();
        var text = found.Clip.TextFeatures(CaptionCondition.Ids(found.Tokenizer, [prompt], Device)).DetachFromDisposeScope();
        return found.Clip.Config.Channels == guided.Images.Channels || guided.Images.Channels == 1
            ? (found.Clip, text, found.Seen)
            : throw new ConfigException($"{Where}: {model} sees {found.Clip.Config.Channels} channels; allowed: a CLIP of {guided.Images.Channels}");
    }

    /// <inheritdoc/>
    public IDenoiser Denoiser(string model) => Open(model).Model;

    /// <inheritdoc/>
    public Tensor Image(string file)
    {
        var images = GivenImages.Read(file, Where, guided);
        return images.Count == 1
            ? GivenImages.Tensor(images, Device).DetachFromDisposeScope()
            : throw new ConfigException($"{Where}: {file} holds {images.Count} images; allowed: one");
    }

    /// <inheritdoc/>
    public Tensor Mask(string file, string image) =>
        GivenImages.Mask(file, Where, guided, GivenImages.Read(image, Where, guided)).DetachFromDisposeScope();

    public void Dispose()
    {
        opened.Dispose();
        frozen.Dispose();
    }

    /// <summary>A model of images like those that are drawn.</summary>
    private RunPlan Open(string path) => Opened(path) is var plan && plan.Images is var images
        && (images.Height, images.Width, images.Channels) == (guided.Images.Height, guided.Images.Width, guided.Images.Channels)
        ? plan
        : throw new ConfigException($"{path}: found a model of {images.Width}x{images.Height}x{images.Channels}; allowed: one of the images that are drawn");

    private RunPlan Opened(string path) => opened.At(path).Plan;
}
