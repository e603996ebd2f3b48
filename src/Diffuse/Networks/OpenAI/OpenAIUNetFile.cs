using System.Globalization;
using Diffuse.Numerics;

namespace Diffuse.Networks;

/// <summary>
/// A U-Net in a file of OpenAI's improved- and guided-diffusion or of CompVis' latent and Stable Diffusion, which share a layout. Its sizes are those of the
/// tensors; how many heads share the channels no tensor says.
/// </summary>
internal static class OpenAIUNetFile
{
    /// <summary>Where the U-Net's tensors begin: in OpenAI's files, and in CompVis' with and without the trainer's own dictionary.</summary>
    private static readonly string[] prefixes = ["", "model.diffusion_model.", "state_dict.model.diffusion_model."];

    /// <summary>What stands before the names of the file's U-Net; null: it holds none.</summary>
    public static string? Prefix(TensorFile file) => prefixes.FirstOrDefault(prefix => file.Contains(prefix + "input_blocks.0.0.weight"));

    /// <param name="heads">Heads of each attention; null: see <paramref name="headSize"/>.</param>
    /// <param name="headSize">Channels of a head; null with no heads either: what models of such sizes have.</param>
    /// <exception cref="InvalidDataException">It holds no such network.</exception>
    public static OpenAIUNetConfig Config(TensorFile file, string prefix, int? heads, int? headSize, bool newAttentionOrder)
    {
        long[] Shape(string name) => file.ShapeOf(prefix + name);
        bool Has(string name) => file.Contains(prefix + name);
        int Count(Func<int, string> name, int from = 0) => Enumerable.Range(from, 4096).TakeWhile(i => Has(name(i))).Count();

        var channels = (int)Shape("input_blocks.0.0.weight")[0];
        var outputs = Count(block => $"output_blocks.{block}.0.in_layers.0.weight");
        List<int> upsamplers = [.. Enumerable.Range(0, outputs).Where(block => Upsampler(block) is not null)];
        var (levels, blocks) = (upsamplers.Count + 1, upsamplers.Count > 0 ? upsamplers[0] : outputs - 1);
        if (blocks < 1 || levels * (blocks + 1) != outputs)
        {
            throw new InvalidDataException($"found {outputs} output_blocks and {upsamplers.Count} upsamplers, which no U-Net has");
        }

        var firstOfLevel = Enumerable.Range(0, levels).Select(level => 1 + level * (blocks + 1)).ToList();
        var attended = firstOfLevel.Where(block => Has($"input_blocks.{block}.1.norm.weight")).Select(block => 1 << ((block - 1) / (blocks + 1))).ToList();
        var transformer = "middle_block.1.transformer_blocks.0.attn2.to_k.weight";
        int? context = Has(transformer) ? (int)Shape(transformer)[1] : null;
        var linear = context is not null && Shape("middle_block.1.proj_in.weight").Length == 2;
        var updown = upsamplers.Count > 0 && Upsampler(upsamplers[0])!.EndsWith("in_layers.0.weight", StringComparison.Ordinal);
        var (usual, usualSize) = context is not null ? linear ? ((int?)null, 64) : (8, -1) : updown ? (null, 64) : (4, -1);
        return new OpenAIUNetConfig
        {
            InChannels = (int)Shape("input_blocks.0.0.weight")[1],
            ModelChannels = channels,
            OutChannels = (int)Shape("out.2.weight")[0],
            NumResBlocks = blocks,
            AttentionResolutions = attended,
            ChannelMult = [.. firstOfLevel.Select(block => (int)Shape($"input_blocks.{block}.0.out_layers.3.weight")[0] / (double)channels)],
            NumClasses = Has("label_emb.weight") ? (int)Shape("label_emb.weight")[0] : null,
            NumHeads = heads ?? usual ?? 1,
            NumHeadChannels = headSize ?? (heads is null ? usualSize : -1),
            UseScaleShiftNorm = Shape("input_blocks.1.0.emb_layers.1.weight")[0] == 2 * Shape("input_blocks.1.0.out_layers.3.weight")[0],
            ResblockUpdown = updown,
            UseNewAttentionOrder = newAttentionOrder,
            ContextDim = context,
            TransformerDepth = context is null ? 1 : Count(i => string.Create(CultureInfo.InvariantCulture, $"middle_block.1.transformer_blocks.{i}.norm1.weight")),
            UseLinearInTransformer = linear,
        };

        string? Upsampler(int block) => new[] { 1, 2 }
            .SelectMany(i => new[] { $"output_blocks.{block}.{i}.conv.weight", $"output_blocks.{block}.{i}.in_layers.0.weight" })
            .FirstOrDefault(Has);
    }

    /// <summary>The tensors under diffusers' names.</summary>
    /// <param name="file">Disposed of with the result.</param>
    /// <exception cref="InvalidDataException">One of them belongs to no such network.</exception>
    public static TensorFile Renamed(string path, TensorFile file, string prefix, OpenAIUNetConfig config)
    {
        var keys = new OpenAIUNetKeys(config);
        var tensors = new Dictionary<string, RenamedTensor>();
        foreach (var name in file.Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            var theirs = name[prefix.Length..];
            IReadOnlyList<string> ours;
            try
            {
                ours = keys.Ours(theirs);
            }
            catch (KeyNotFoundException unknown)
            {
                throw new InvalidDataException($"{path}: {unknown.Message}", unknown);
            }

            foreach (var (i, one) in ours.Index())
            {
                tensors[one] = ours.Count == 1 && file.ShapeOf(name).Length != 3 ? new(name) : new(name, value => keys.Convert(theirs, value).ElementAt(i).Value);
            }
        }

        return new RenamedFile(path, file, tensors);
    }
}
