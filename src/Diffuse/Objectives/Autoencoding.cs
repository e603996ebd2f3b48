using System.ComponentModel.DataAnnotations;
using Diffuse.Conditions;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Networks;
using Diffuse.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Objectives;

/// <summary>
/// Trains an autoencoder (Rombach et al. 2022, equation 25): reconstruction, a penalty on the latents, and from some image on an adversary that learns to tell
/// reconstructions from images (Esser et al. 2021, equation 7). One optimizer serves both, since no gradient of one's loss reaches the other.
/// </summary>
internal sealed class Autoencoding : IObjective, IDisposable
{
    private readonly Autoencoder network;
    private readonly AutoencodingOptions options;
    private readonly PatchDiscriminator? adversary;
    private readonly Revival? revival;
    private readonly IFeatureNetwork? features;
    private readonly Tensor seen = zeros(1, ScalarType.Int64).DetachFromDisposeScope();

    /// <param name="features">In which reconstructions are compared too; null: in pixels alone.</param>
    public Autoencoding(Autoencoder network, PatchDiscriminator? adversary, AutoencodingOptions options, IFeatureNetwork? features = null)
    {
        this.features = features;
        (this.network, this.adversary, this.options) = (network, adversary, options);
        revival = network is VqAutoencoder quantized ? new Revival(quantized.Codebook) : null;
        if (adversary is null)
        {
            Trainable = network;
        }
        else
        {
            var both = new ModuleDict<nn.Module>();
            both.Add("network", network);
            both.Add("adversary", adversary);
            Trainable = both;
        }
    }

    /// <inheritdoc/>
    public nn.Module Trainable { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> State => new Dictionary<string, Tensor>(revival?.State ?? new Dictionary<string, Tensor>()) { ["seen"] = seen };

    /// <inheritdoc/>
    public Tensor Loss(Batch batch, INoise z, Random random)
    {
        var x = batch.Images;
        var reconstruction = network.Reconstruct(x, z);
        var off = reconstruction.Images - x;
        var loss = (options.Norm == ReconstructionNorm.L1 ? off.abs() : off.square()).flatten(1).mean([1]);
        if (features is not null)
        {
            loss = loss + options.Perceptual!.Weight * Perceived(x, reconstruction.Images);
        }

        if (network.training)
        {
            var before = seen.item<long>();
            seen.add_(x.shape[0]);
            revival?.After(reconstruction, random);
            if (adversary is not null && before >= options.Adversary!.After.Value)
            {
                loss = loss + Adversarial(x, reconstruction.Images, loss);
            }
        }

        return loss + options.Penalty * reconstruction.Penalty;
    }

    public void Dispose()
    {
        seen.Dispose();
        revival?.Dispose();
    }

    /// <summary>[N]: the squared distance of the features as unit vectors (Zhang et al. 2018, on the network's last features).</summary>
    private Tensor Perceived(Tensor x, Tensor decoded)
    {
        Tensor aim;
        using (no_grad())
        {
            aim = Unit(features!.Of(x).Vectors);
        }

        return (Unit(features.Of(decoded).Vectors) - aim).square().sum(1);

        static Tensor Unit(Tensor vectors) => vectors / (vectors.norm(1, keepdim: true) + 1e-10);
    }

    /// <summary>
    /// [N]: what the adversary thinks of the reconstructions, with no gradient for itself, as strong as the reconstruction's gradient is in the last layer; and the
    /// adversary's own hinge loss, with none for the autoencoder.
    /// </summary>
    private Tensor Adversarial(Tensor x, Tensor decoded, Tensor reconstruction)
    {
        var parameters = adversary!.parameters().ToList();
        parameters.ForEach(parameter => parameter.requires_grad = false);
        var fooled = -adversary.call(decoded).flatten(1).mean([1]);
        parameters.ForEach(parameter => parameter.requires_grad = true);
        var last = network.LastWeight;
        var own = autograd.grad([reconstruction.sum()], [last], retain_graph: true)[0].norm();
        var other = autograd.grad([fooled.sum()], [last], retain_graph: true)[0].norm();
        var strength = (own / (other + 1e-4)).clamp(0, 1e4).detach() * options.Adversary!.Weight;
        var (real, made) = (adversary.call(x).flatten(1), adversary.call(decoded.detach()).flatten(1));
        return strength * fooled + 0.5 * ((1 - real).relu().mean([1]) + (1 + made).relu().mean([1]));
    }

    /// <summary>Rows of a codebook that nothing is near to are put where latents are (Dhariwal et al. 2020, Jukebox, appendix B.1).</summary>
    private sealed class Revival(Codebook codebook) : IDisposable
    {
        private const double Keep = 0.99, Dead = 0.03;

        private readonly Tensor used = ones(codebook.Table.shape[0]).DetachFromDisposeScope();

        /// <summary>How many latents of a batch each row stands for, on average; and the rows, which are changed beside the optimizer.</summary>
        public IReadOnlyDictionary<string, Tensor> State => new Dictionary<string, Tensor> { ["codebook.used"] = used, ["codebook.rows"] = codebook.Table };

        public void After(Reconstruction of, Random random)
        {
            using var scope = NewDisposeScope();
            using var quiet = no_grad();
            var indices = of.Indices!.flatten();
            used.mul_(Keep).add_(bincount(indices, minlength: used.shape[0]).to(ScalarType.Float32).cpu(), alpha: 1 - Keep);
            var latents = of.Latents!.permute(0, 2, 3, 1).reshape(-1, of.Latents.shape[1]);
            foreach (var row in used.data<float>().ToArray().Index().Where(row => row.Item < Dead).Select(row => row.Index))
            {
                codebook.Table[row].copy_(latents[random.NextInt64(latents.shape[0])]);
                used[row].fill_(1);
            }
        }

        public void Dispose() => used.Dispose();
    }
}

/// <summary>How reconstructions are compared with images.</summary>
public enum ReconstructionNorm
{
    L1,
    L2,
}

/// <summary>Reconstructions and images compared in the features of a network.</summary>
public sealed record PerceptualOptions
{
    /// <summary>Any network that eval compares images in: <c>{ kind: model, model: runs/00003-clean-classifier }</c>.</summary>
    public FeatureOptions Features { get; init; } = new ModelFeatureOptions();

    [Range(0.0, 1000.0)]
    public double Weight { get; init; } = 0.1;
}

/// <summary>A network that tells reconstructions from images, against which the autoencoder is trained.</summary>
public sealed record AdversaryOptions
{
    /// <summary>Images seen before it sets in.</summary>
    public ImageCount After { get; init; } = new(50_000);

    /// <summary>Its gradient in the last layer, as a share of the reconstruction's.</summary>
    [Range(0.0, 100.0)]
    public double Weight { get; init; } = 0.5;

    /// <summary>Channels of its first layer, a multiple of 8.</summary>
    [Range(8, 1024)]
    public int Channels { get; init; } = 32;
}

/// <summary>An autoencoder of images.</summary>
[Kind("autoencoding")]
public sealed record AutoencodingOptions : ObjectiveOptions
{
    public ReconstructionNorm Norm { get; init; } = ReconstructionNorm.L1;

    /// <summary>The weight of the penalty on the latents: KL in nats for each value of the image, or of the commitment to the codebook.</summary>
    [Range(0.0, 1e6)]
    public double Penalty { get; init; } = 1e-4;

    /// <summary>Null: pixels alone are compared.</summary>
    public PerceptualOptions? Perceptual { get; init; }

    /// <summary>Null: none.</summary>
    public AdversaryOptions? Adversary { get; init; }

    /// <inheritdoc/>
    public override string Folder => "vae";

    /// <inheritdoc/>
    public override NetworkShape Asks(NetworkShape images, ConditionSources from) => Adversary is null || Math.Min(images.Height, images.Width) >= PatchDiscriminator.Smallest
        ? images
        : throw new ConfigException(
            $"objective: adversary: its patches do not fit into images of {images.Width}x{images.Height}; allowed: sides of at least {PatchDiscriminator.Smallest}, or no adversary");

    /// <inheritdoc/>
    public override IObjective Build(ObjectiveParts parts)
    {
        if (parts.Network is not Autoencoder network)
        {
            throw new ConfigException("objective autoencoding trains a network that encodes and decodes; allowed: network: autoencoder");
        }

        if (Adversary is { } wanted && wanted.Channels % 8 != 0)
        {
            throw new ConfigException($"objective: adversary: channels: found {wanted.Channels}; allowed: a multiple of 8");
        }

        var adversary = Adversary is { } options ? new PatchDiscriminator(network.Config.InChannels, options.Channels, Precision.Fp32, seed: 1) : null;
        adversary?.to(network.LastWeight.device);
        return new Autoencoding(network, adversary, this, Perceptual?.Features.Build(parts.Features!));
    }
}
