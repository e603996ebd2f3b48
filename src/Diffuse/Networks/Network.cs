using Diffuse.Configuration;
using Diffuse.Data;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>F(x, c_noise, c): x [N, C, H, W], c_noise [N] float, output [N, C', H, W] float32. Parameters carry diffusers' names.</summary>
public abstract class Network(string name) : nn.Module<Tensor, Tensor, Condition, Tensor>(name)
{
    /// <summary>What <c>unet/config.json</c> of a checkpoint says: the network in diffusers' words.</summary>
    public abstract string ConfigJson { get; }

    /// <summary>Whether diffusers can be this network, on images as they are.</summary>
    public abstract bool IsDiffusers { get; }

    /// <summary>Whether <see cref="Condition.Embedding"/> is asked for.</summary>
    public virtual bool IsToldVector => false;

    /// <summary>Whether every c_noise must be above 0.</summary>
    public virtual bool TakesLogOfTime => false;
}

/// <summary>What data and objective ask of a network.</summary>
/// <param name="In">Channels of x.</param>
/// <param name="Out">Channels of F; 2 x In where the variance is learned.</param>
/// <param name="Height">Pixels, or latents.</param>
/// <param name="Width">Pixels, or latents.</param>
/// <param name="Classes">K labels; the network's table has K + 1 rows, the last for "no label". Null: unconditional.</param>
/// <param name="Image">Channels of the image that is concatenated to x; 0: none.</param>
/// <param name="TokenSize">D of the sequence for cross-attention; null: none.</param>
/// <param name="VectorSize">D of the vector that joins the time's; null: none.</param>
/// <param name="Texts">Different ids and ids of a text; null without texts.</param>
public sealed record NetworkShape(
    int In, int Out, int Height, int Width, int? Classes = null, int Image = 0, int? TokenSize = null,
    (int Vocabulary, int Length)? Texts = null, int? VectorSize = null)
{
    /// <summary>The shape of a network that is told a vector too.</summary>
    /// <exception cref="ConfigException">It is told one already.</exception>
    public NetworkShape Told(int size) => VectorSize is null
        ? this with { VectorSize = size }
        : throw new ConfigException("conditions: found two that join the time's embedding; allowed: one (pooled: false of condition caption)");
}

/// <summary>How a config names a network: <c>network: { kind: unet, channels: [64, 128, 128] }</c>.</summary>
public abstract record NetworkOptions
{
    /// <summary>A network with every parameter initialized from the given seed.</summary>
    /// <exception cref="ConfigException">The options do not fit the shape (say, an odd size that cannot be halved).</exception>
    public abstract Network Build(NetworkShape shape, Precision precision, long seed);
}
