using Diffuse.Configuration;
using static TorchSharp.torch;

namespace Diffuse.Networks;

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
