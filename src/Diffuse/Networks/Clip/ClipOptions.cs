using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;

namespace Diffuse.Networks;

/// <summary>CLIP in the words of a run config; small by default.</summary>
[Kind("clip")]
public sealed record ClipOptions : NetworkOptions
{
    /// <summary>E, the size of the features.</summary>
    [Range(1, 4096)]
    public int Embedding { get; init; } = 128;

    /// <summary>Side of the vision transformer's patches.</summary>
    [Range(1, 256)]
    public int Patch { get; init; } = 8;

    /// <summary>Of the vision transformer.</summary>
    [Range(8, 4096)]
    public int Width { get; init; } = 192;

    [Range(1, 64)]
    public int Layers { get; init; } = 4;

    [Range(1, 64)]
    public int Heads { get; init; } = 6;

    /// <summary>Blocks of the four layers of a residual network, in place of the vision transformer; none: the transformer. Width is then its first layer's.</summary>
    public IReadOnlyList<int> Resnet { get; init; } = [];

    public TextEncoderOptions Text { get; init; } = new();

    /// <inheritdoc/>
    public override Network Build(NetworkShape shape, Precision precision, long seed)
    {
        var (vocabulary, length) = shape.Texts ?? throw new ConfigException("network clip is told a text for each image; allowed: objective contrastive");
        var problem = shape.Height != shape.Width ? $"images of {shape.Width}x{shape.Height}; CLIP sees squares"
            : Resnet.Count == 0 && shape.Height % Patch != 0 ? $"images of {shape.Width}x{shape.Height} cannot be cut into patches of {Patch}"
            : Resnet.Count is not (0 or 4) ? $"{Resnet.Count} layers of a residual network; it has 4"
            : Resnet.Count == 4 && shape.Height % 32 != 0 ? $"images of {shape.Width}x{shape.Height}; the residual network halves them five times"
            : Resnet.Count == 0 && Width % Heads != 0 ? $"a width of {Width} cannot be split into {Heads} heads"
            : Text.Width % Text.Heads != 0 ? $"a text width of {Text.Width} cannot be split into {Text.Heads} heads"
            : null;
        return problem is not null ? throw new ConfigException($"network: {problem}") : new Clip(
            new ClipConfig(
                Embedding, shape.Height, Resnet.Count == 0 ? [Layers] : Resnet, Width, Patch, Heads, length, vocabulary,
                Text.Width, Text.Heads, Text.Layers, shape.In),
            precision, seed);
    }
}
