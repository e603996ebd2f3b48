using System.Text.RegularExpressions;
using Diffuse.Numerics;

namespace Diffuse.Networks;

/// <summary>The autoencoder in a file of CompVis' latent or Stable Diffusion, <c>first_stage_model</c>. Its sizes are those of the tensors.</summary>
internal static partial class CompVisAutoencoder
{
    private const string Folder = "first_stage_model.";
    private const int Groups = 32;

    private static readonly string[] prefixes = [Folder, "state_dict." + Folder];

    /// <summary>Today's words for theirs; a level of the decoder is counted from the other end.</summary>
    private static readonly (string Theirs, string Ours)[] words =
    [
        (".mid.block_1.", ".mid_block.resnets.0."), (".mid.block_2.", ".mid_block.resnets.1."), (".mid.attn_1.norm.", ".mid_block.attentions.0.group_norm."),
        (".mid.attn_1.q.", ".mid_block.attentions.0.to_q."), (".mid.attn_1.k.", ".mid_block.attentions.0.to_k."), (".mid.attn_1.v.", ".mid_block.attentions.0.to_v."),
        (".mid.attn_1.proj_out.", ".mid_block.attentions.0.to_out.0."), (".downsample.conv.", ".downsamplers.0.conv."), (".upsample.conv.", ".upsamplers.0.conv."),
        (".block.", ".resnets."), (".nin_shortcut.", ".conv_shortcut."), (".norm_out.", ".conv_norm_out."),
    ];

    /// <summary>Null where the file holds none.</summary>
    public static string? Prefix(TensorFile file) => prefixes.FirstOrDefault(prefix => file.Contains(prefix + "encoder.conv_in.weight"));

    public static bool IsQuantized(TensorFile file, string prefix) => file.Contains(prefix + "quantize.embedding.weight");

    /// <param name="scale">The factor that latents are brought to a standard deviation of about 1 with.</param>
    /// <exception cref="InvalidDataException">It holds no such network.</exception>
    public static AutoencoderConfig Config(TensorFile file, string prefix, double scale)
    {
        long[] Shape(string name) => file.ShapeOf(prefix + name);
        int Count(Func<int, string> name) => Enumerable.Range(0, 64).TakeWhile(i => file.Contains(prefix + name(i))).Count();
        var levels = Count(level => $"encoder.down.{level}.block.0.norm1.weight");
        var quantized = IsQuantized(file, prefix);
        return new AutoencoderConfig
        {
            ClassName = quantized ? AutoencoderConfig.VqClass : AutoencoderConfig.KlClass,
            InChannels = (int)Shape("encoder.conv_in.weight")[1],
            OutChannels = (int)Shape("decoder.conv_out.weight")[0],
            DownBlockTypes = [.. Enumerable.Repeat("DownEncoderBlock2D", levels)],
            UpBlockTypes = [.. Enumerable.Repeat("UpDecoderBlock2D", levels)],
            BlockOutChannels = [.. Enumerable.Range(0, levels).Select(level => (int)Shape($"encoder.down.{level}.block.0.conv2.weight")[0])],
            LayersPerBlock = Count(block => $"encoder.down.0.block.{block}.norm1.weight"),
            LatentChannels = (int)Shape("post_quant_conv.weight")[0],
            NormNumGroups = Groups,
            ScalingFactor = scale,
            NumVqEmbeddings = quantized ? (int)Shape("quantize.embedding.weight")[0] : 256,
            VqEmbedDim = quantized ? (int)Shape("quantize.embedding.weight")[1] : null,
        };
    }

    /// <summary>The tensors under diffusers' names; those of the losses it was trained with are passed over.</summary>
    /// <param name="file">Disposed of with the result.</param>
    public static TensorFile Renamed(string path, TensorFile file, string prefix, AutoencoderConfig config) => new RenamedFile(path, file, file.Names
        .Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && !name.StartsWith(prefix + "loss.", StringComparison.Ordinal))
        .ToDictionary(name => Ours(name[prefix.Length..], config.BlockOutChannels.Count), name => name.Contains(".attn_1.") && file.ShapeOf(name).Length == 4
            ? new RenamedTensor(name, value => value.flatten(1))
            : new RenamedTensor(name)));

    private static string Ours(string name, int levels)
    {
        var leveled = Level().Replace(name, match => match.Groups[1].Value == "down"
            ? $"down_blocks.{match.Groups[2].Value}."
            : $"up_blocks.{levels - 1 - int.Parse(match.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture)}.");
        return words.Aggregate(leveled, (now, word) => now.Replace(word.Theirs, word.Ours, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"(?<=^(?:en|de)coder\.)(down|up)\.(\d{1,3})\.")]
    private static partial Regex Level();
}
