using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Evaluation;

/// <summary>What a network makes of images.</summary>
/// <param name="Vectors">[N, D].</param>
/// <param name="Spatial">[N, S], which tell places too; null where the network has none.</param>
/// <param name="Logits">[N, K] of classes; null where the network reads none.</param>
public sealed record Features(Tensor Vectors, Tensor? Spatial = null, Tensor? Logits = null)
{
    /// <summary>One batch after the other, float32.</summary>
    public static Features Of(IFeatureNetwork network, IEnumerable<Tensor> batches, CancellationToken stop)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var parts = new List<Features>();
        foreach (var batch in batches)
        {
            stop.ThrowIfCancellationRequested();
            parts.Add(network.Of(batch));
        }

        return new(
            All(part => part.Vectors)!.MoveToOuterDisposeScope(),
            All(part => part.Spatial)?.MoveToOuterDisposeScope(),
            All(part => part.Logits)?.MoveToOuterDisposeScope());

        Tensor? All(Func<Features, Tensor?> what) => what(parts[0]) is null ? null : cat([.. parts.Select(part => what(part)!.cpu().to(float32))], 0);
    }
}

/// <summary>A network in whose features sets of images are compared.</summary>
public interface IFeatureNetwork
{
    /// <summary>Part of the name of every figure: <c>classifier fashion-mnist</c>.</summary>
    string Name { get; }

    /// <summary>Whether this is the network of FID, KID and the Inception Score; no other network's figures have those names.</summary>
    bool IsInception { get; }

    /// <summary>Tells networks and weights apart.</summary>
    string Key { get; }

    /// <param name="images">[N, C, H, W] in [-1, 1].</param>
    Features Of(Tensor images);
}

/// <summary>How a config names a feature network: <c>features: { kind: inception, file: pt_inception-2015-12-05.safetensors }</c>.</summary>
public abstract record FeatureOptions
{
    /// <exception cref="ConfigException">What it names is not there, or cannot see such images.</exception>
    public abstract IFeatureNetwork Build(IFeatureSources sources);

    /// <summary>A value that has no default.</summary>
    /// <exception cref="ConfigException">It is missing.</exception>
    protected string Given(string value, string key, string allowed) => value.Length > 0
        ? value
        : throw new ConfigException($"features: {Kinds.NameOf(GetType())}: {key}: missing; allowed: {allowed}");
}

/// <summary>What feature networks are built from.</summary>
public interface IFeatureSources
{
    Device Device { get; }

    /// <summary>Of the images, 1 or 3.</summary>
    int Channels { get; }

    /// <summary>The network of a run or checkpoint, its name, and what tells its weights from others.</summary>
    /// <exception cref="ConfigException">There is none, or it sees other images.</exception>
    (Network Network, string Name, string Key) Model(string path);

    /// <summary>SHA-256 of a file, in hexadecimal.</summary>
    string Hash(string file);
}

/// <summary>The features of a function.</summary>
internal sealed record FeatureNetwork(string Name, string Key, Func<Tensor, Features> Read, bool IsInception = false) : IFeatureNetwork
{
    /// <inheritdoc/>
    public Features Of(Tensor images) => Read(images);

    /// <summary>Grey images for a network that sees colours.</summary>
    public static Tensor Colours(Tensor images) => images.shape[1] == 1 ? images.expand(images.shape[0], 3, images.shape[2], images.shape[3]) : images;
}

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
        var f = Guidance.ScriptFile.OfImages(file, section, Size, new Normalization(Mean, Std), sources.Channels, sources.Device);
        if (Size is { } side)
        {
            using var scope = NewDisposeScope();
            var images = zeros([2, sources.Channels, side, side], float32, sources.Device);
            Guidance.ScriptFile.Check(file, $"{section}: file", () => f(images), shape => shape is [2, > 0], "[2, D], a row of features for each of two images");
        }

        return new FeatureNetwork($"script {Path.GetFileNameWithoutExtension(file)}", sources.Hash(file), x => new(f(x).flatten(1)));
    }
}

/// <summary>The network of FID.</summary>
[Kind("inception")]
public sealed record InceptionFeatureOptions : FeatureOptions
{
    /// <summary>pytorch-fid's weights (pt_inception-2015-12-05), .pth or .safetensors, or NVIDIA's inception-2015-12-05.pt, which is TorchScript: its code is run.</summary>
    [ConfigPath]
    public string File { get; init; } = "";

    /// <summary>64, 192, 768 or 2048 features, as pytorch-fid's --dims; with fewer than 2048 a distance is not called FID.</summary>
    public int Dims { get; init; } = Inception.Dims;

    /// <inheritdoc/>
    public override IFeatureNetwork Build(IFeatureSources sources)
    {
        var file = Given(File, "file", "pytorch-fid's weights, .pth or .safetensors, or NVIDIA's TorchScript file");
        var script = Guidance.ScriptFile.Is(file);
        if (!Inception.Places.Contains(Dims) || (script && Dims != Inception.Dims))
        {
            throw new ConfigException($"features: inception: dims: found {Dims}; allowed: {(script ? $"{Inception.Dims}, all that NVIDIA's file gives" : string.Join(", ", Inception.Places))}");
        }

        var read = script ? Script(file, sources.Device) : Weights(file, Dims, sources.Device);
        var key = sources.Hash(file);
        return Dims == Inception.Dims ? new FeatureNetwork("inception", key, read, IsInception: true) : new FeatureNetwork($"inception {Dims}", $"{key} {Dims}", read);
    }

    private static Func<Tensor, Features> Weights(string file, int dims, Device device)
    {
        var network = Inception.Read(file);
        network.to(device);
        return x => dims == Inception.Dims ? All(network.call(FeatureNetwork.Colours(x))) : new(network.Averages(FeatureNetwork.Colours(x), dims));

        static Features All(InceptionOutput output) => new(output.Pool, output.Spatial, output.Logits);
    }

    /// <summary>Of 256 levels in bytes, and whether features are wanted in the place of classes.</summary>
    private static Func<Tensor, Features> Script(string file, Device device)
    {
        const string where = "features: inception: file";
        var script = Guidance.ScriptFile.Load(file, where, () => jit.load<Tensor, bool, Tensor>(file, device));
        Func<Tensor, Tensor> features = x => script.call(((FeatureNetwork.Colours(x) + 1) * 127.5).round().clamp(0, 255).to(ScalarType.Byte), true).to(float32);
        Guidance.ScriptFile.Check(
            file, where, () => features(zeros([2, 3, Inception.Side, Inception.Side], float32, device)), shape => shape is [2, > 1], "[2, D] of two images, from forward(images, return_features)");
        return x => new(features(x));
    }
}
