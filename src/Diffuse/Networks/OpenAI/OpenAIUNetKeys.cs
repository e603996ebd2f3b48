using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>Where the parameters of OpenAI's UNetModel and EncoderUNetModel stand in the same network of diffusers: names, and tensors cut and reshaped.</summary>
public sealed class OpenAIUNetKeys
{
    private static readonly (string Theirs, string Ours)[] residual =
    [
        ("in_layers.0", "norm1"), ("in_layers.2", "conv1"), ("emb_layers.1", "time_emb_proj"), ("out_layers.0", "norm2"), ("out_layers.3", "conv2"),
        ("skip_connection", "conv_shortcut"),
    ];

    private static readonly (string Theirs, string Ours)[] selfAttention =
    [
        ("norm", "group_norm"), ("qkv", "to_q"), ("qkv", "to_k"), ("qkv", "to_v"), ("proj_out", "to_out.0"),
    ];

    private static readonly string[] transformerBlock =
    [
        "norm1", "norm2", "norm3", "ff.net.0.proj", "ff.net.2",
        .. new[] { "attn1", "attn2" }.SelectMany(name => new[] { "to_q", "to_k", "to_v", "to_out.0" }, (name, layer) => $"{name}.{layer}"),
    ];

    private readonly OpenAIUNetConfig config;
    private readonly Dictionary<string, List<string>> layers = [];

    /// <summary>The layers of an attention; of a transformer both sides call them the same.</summary>
    private readonly (string Theirs, string Ours)[] attention;

    /// <param name="classifier">Of EncoderUNetModel, which has a pool in place of the way up.</param>
    public OpenAIUNetKeys(OpenAIUNetConfig config, bool classifier = false)
    {
        this.config = config;
        attention = config.ContextDim is null ? selfAttention : [.. Enumerable.Range(0, config.TransformerDepth)
            .SelectMany(block => transformerBlock, (block, layer) => $"transformer_blocks.{block}.{layer}")
            .Concat(["norm", "proj_in", "proj_out"]).Select(name => (name, name))];
        Add("time_embed.0", "time_embedding.linear_1");
        Add("time_embed.2", "time_embedding.linear_2");
        Add("label_emb", "class_embedding");
        Add("input_blocks.0.0", "conv_in");
        Add("out.0", "conv_norm_out");
        AddWayDown();
        Add("middle_block.0", "mid_block.resnets.0", residual);
        Add("middle_block.1", "mid_block.attentions.0", attention);
        Add("middle_block.2", "mid_block.resnets.1", residual);
        if (classifier)
        {
            Add("out.2", "pool");
            Add("out.2.qkv_proj", "pool.qkv_proj");
            Add("out.2.c_proj", "pool.c_proj");
        }
        else
        {
            Add("out.2", "conv_out");
            AddWayUp();
        }
    }

    /// <summary>The names here of their parameter: one, or three for the q, k and v of an attention.</summary>
    /// <exception cref="KeyNotFoundException">No parameter of such a network.</exception>
    public IReadOnlyList<string> Ours(string theirs)
    {
        var dot = theirs.LastIndexOf('.');
        return layers.TryGetValue(theirs[..dot], out var ours)
            ? [.. ours.Select(layer => layer + theirs[dot..])]
            : throw new KeyNotFoundException($"{theirs} is no parameter of this UNetModel");
    }

    /// <summary>Their parameter under its names here, as new tensors that share its memory where they can.</summary>
    public IEnumerable<(string Name, Tensor Value)> Convert(string theirs, Tensor value)
    {
        var names = Ours(theirs);
        if (names.Count == 1)
        {
            yield return (names[0], value.dim() == 3 ? value.squeeze(-1) : value.alias());
            yield break;
        }

        var channels = value.shape[0] / 3;
        var heads = config.UseNewAttentionOrder ? 1 : config.Heads((int)channels);
        var split = value.reshape(heads, 3, channels / heads, -1);                 // rows: head, then q k v, then the head's channels
        for (var i = 0; i < 3; i++)
        {
            var part = split.select(1, i);
            yield return (names[i], value.dim() == 1 ? part.reshape(channels) : part.reshape(channels, channels));
        }
    }

    private void AddWayDown()
    {
        var block = 1;
        for (var level = 0; level < config.Levels; level++)
        {
            for (var i = 0; i < config.NumResBlocks; i++, block++)
            {
                Add($"input_blocks.{block}.0", $"down_blocks.{level}.resnets.{i}", residual);
                Add($"input_blocks.{block}.1", $"down_blocks.{level}.attentions.{i}", attention);
            }

            if (level < config.Levels - 1)
            {
                Add($"input_blocks.{block}.0.op", $"down_blocks.{level}.downsamplers.0.conv");
                Add($"input_blocks.{block}.0", $"down_blocks.{level}.downsamplers.0", residual);
                block++;
            }
        }
    }

    private void AddWayUp()
    {
        var block = 0;
        for (var step = 0; step < config.Levels; step++)
        {
            for (var i = 0; i <= config.NumResBlocks; i++, block++)
            {
                Add($"output_blocks.{block}.0", $"up_blocks.{step}.resnets.{i}", residual);
                Add($"output_blocks.{block}.1", $"up_blocks.{step}.attentions.{i}", attention);
            }

            var upsampler = $"output_blocks.{block - 1}.{(config.HasAttention(config.Levels - 1 - step) ? 2 : 1)}";
            Add($"{upsampler}.conv", $"up_blocks.{step}.upsamplers.0.conv");
            Add(upsampler, $"up_blocks.{step}.upsamplers.0", residual);
        }
    }

    private void Add(string theirs, string ours, (string Theirs, string Ours)[] parts)
    {
        foreach (var part in parts)
        {
            Add($"{theirs}.{part.Theirs}", $"{ours}.{part.Ours}");
        }
    }

    private void Add(string theirs, string ours)
    {
        if (!layers.TryGetValue(theirs, out var names))
        {
            layers[theirs] = names = [];
        }

        names.Add(ours);
    }
}
