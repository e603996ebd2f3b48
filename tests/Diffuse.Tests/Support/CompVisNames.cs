using System.Text.RegularExpressions;
using static TorchSharp.torch;

namespace Diffuse.Tests.Support;

/// <summary>The tensors of a Stable Diffusion of two levels, one block and attention at the first, as the original files name and lay them out.</summary>
internal static class CompVisNames
{
    /// <summary>The U-Net's blocks, in the order of its network.</summary>
    private static readonly (string Ours, string Theirs)[] blocks =
    [
        ("conv_in.", "input_blocks.0.0."), ("time_embedding.linear_1.", "time_embed.0."), ("time_embedding.linear_2.", "time_embed.2."),
        ("down_blocks.0.resnets.0.", "input_blocks.1.0."), ("down_blocks.0.attentions.0.", "input_blocks.1.1."), ("down_blocks.0.downsamplers.0.conv.", "input_blocks.2.0.op."),
        ("down_blocks.1.resnets.0.", "input_blocks.3.0."),
        ("mid_block.resnets.0.", "middle_block.0."), ("mid_block.attentions.0.", "middle_block.1."), ("mid_block.resnets.1.", "middle_block.2."),
        ("up_blocks.0.resnets.0.", "output_blocks.0.0."), ("up_blocks.0.resnets.1.", "output_blocks.1.0."), ("up_blocks.0.upsamplers.0.conv.", "output_blocks.1.1.conv."),
        ("up_blocks.1.resnets.0.", "output_blocks.2.0."), ("up_blocks.1.attentions.0.", "output_blocks.2.1."),
        ("up_blocks.1.resnets.1.", "output_blocks.3.0."), ("up_blocks.1.attentions.1.", "output_blocks.3.1."),
        ("conv_norm_out.", "out.0."), ("conv_out.", "out.2."),
    ];

    private static readonly (string Ours, string Theirs)[] residual =
    [
        ("norm1.", "in_layers.0."), ("conv1.", "in_layers.2."), ("time_emb_proj.", "emb_layers.1."), ("norm2.", "out_layers.0."), ("conv2.", "out_layers.3."),
        ("conv_shortcut.", "skip_connection."),
    ];

    public static IEnumerable<KeyValuePair<string, Tensor>> Of(IEnumerable<(string Part, string Name, Tensor Value)> tensors, bool second)
    {
        foreach (var group in tensors.GroupBy(one => one.Part))
        {
            var part = group.ToDictionary(one => one.Name, one => one.Value);
            var made = group.Key switch
            {
                "unet" => part.Select(one => KeyValuePair.Create("model.diffusion_model." + UNet(one.Key), one.Value)),
                "vae" => part.Select(one => KeyValuePair.Create("first_stage_model." + Autoencoder(one.Key), one.Key.Contains(".to_") && one.Value.dim() == 2 ? one.Value.unsqueeze(-1).unsqueeze(-1) : one.Value)),
                _ => second ? OpenClip(part) : part.Select(one => KeyValuePair.Create("cond_stage_model.transformer." + one.Key, one.Value)),
            };
            foreach (var one in made)
            {
                yield return one;
            }
        }

        yield return KeyValuePair.Create("first_stage_model.loss.logvar", zeros(1));
        yield return KeyValuePair.Create("betas", linspace(Math.Sqrt(0.00085), Math.Sqrt(0.012), 1000, float64).square().to(float32));
    }

    private static string UNet(string name)
    {
        var (ours, theirs) = blocks.Single(block => name.StartsWith(block.Ours, StringComparison.Ordinal));
        var rest = name[ours.Length..];
        var inner = ours.Contains("resnets") ? residual.Single(layer => rest.StartsWith(layer.Ours, StringComparison.Ordinal)) : ("", "");
        return theirs + inner.Item2 + rest[inner.Item1.Length..];
    }

    private static string Autoencoder(string name)
    {
        name = Regex.Replace(name, @"up_blocks\.(\d)", match => $"up.{1 - int.Parse(match.Groups[1].Value)}");
        return name.Replace("down_blocks.", "down.").Replace("mid_block.resnets.0", "mid.block_1").Replace("mid_block.resnets.1", "mid.block_2").Replace("mid_block.attentions.0", "mid.attn_1")
            .Replace("group_norm", "norm").Replace("to_q", "q").Replace("to_k", "k").Replace("to_v", "v").Replace("to_out.0", "proj_out")
            .Replace("resnets.", "block.").Replace("downsamplers.0", "downsample").Replace("upsamplers.0", "upsample").Replace("conv_shortcut", "nin_shortcut").Replace("conv_norm_out", "norm_out");
    }

    /// <summary>Queries, keys and values in one matrix, and a block more than is used.</summary>
    private static IEnumerable<KeyValuePair<string, Tensor>> OpenClip(Dictionary<string, Tensor> text)
    {
        const string Ours = "text_model.encoder.layers.", Theirs = "cond_stage_model.model.transformer.resblocks.";
        foreach (var (name, value) in text.Where(one => !one.Key.Contains("self_attn") || one.Key.Contains("out_proj")))
        {
            yield return KeyValuePair.Create(
                name.StartsWith(Ours, StringComparison.Ordinal)
                    ? Theirs + name[Ours.Length..].Replace("self_attn.", "attn.").Replace("layer_norm", "ln_").Replace("fc1", "c_fc").Replace("fc2", "c_proj")
                    : "cond_stage_model.model." + name.Replace("text_model.embeddings.", "").Replace("position_embedding.weight", "positional_embedding").Replace("text_model.final_layer_norm", "ln_final"),
                value);
        }

        for (var layer = 0; layer < 2; layer++)
        {
            foreach (var kind in new[] { "weight", "bias" })
            {
                var parts = "qkv".Select(which => text[$"{Ours}{layer}.self_attn.{which}_proj.{kind}"]).ToArray();
                yield return KeyValuePair.Create($"{Theirs}{layer}.attn.in_proj_{kind}", cat(parts, 0));
            }
        }

        yield return KeyValuePair.Create(Theirs + "2.ln_1.weight", ones(64));
        yield return KeyValuePair.Create("cond_stage_model.model.text_projection", zeros(64, 64));
        yield return KeyValuePair.Create("cond_stage_model.model.logit_scale", zeros(1).squeeze());
    }
}
