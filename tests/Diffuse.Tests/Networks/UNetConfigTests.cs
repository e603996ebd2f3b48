using System.Text.Json.Nodes;
using Diffuse.Configuration;
using Diffuse.Networks;
using Diffuse.Tests.Support;

namespace Diffuse.Tests.Networks;

/// <summary>diffusers' config.json, read and written.</summary>
public sealed class UNetConfigTests
{
    private static string StableDiffusion { get; } =
        Reference.OwnCases("parameter_lists_diffusers")["stable_diffusion_1_5_unet"].Inputs["config"].Json.GetRawText();

    [Fact]
    public void What_is_written_says_what_was_read()
    {
        var given = JsonNode.Parse(With("attention_head_dim", "[5, 10, 20, 20]"))!.AsObject();
        var written = JsonNode.Parse(UNet2DConfig.FromJson(given.ToJsonString()).ToJson())!.AsObject();
        Assert.All(given, pair => Assert.True(JsonNode.DeepEquals(pair.Value, written[pair.Key]), pair.Key));
    }

    /// <summary>Keys as diffusers writes them: Stable Diffusion 2's, and defaults of later versions.</summary>
    [Theory]
    [InlineData("transformer_layers_per_block", "2")]
    [InlineData("use_linear_projection", "true")]
    [InlineData("upcast_attention", "true")]
    [InlineData("mid_block_type", "\"UNetMidBlock2DCrossAttn\"")]
    [InlineData("resnet_out_scale_factor", "1.0")]
    [InlineData("encoder_hid_dim", "null")]
    public void A_key_that_can_be_honoured_is_read(string key, string value) => UNet2DConfig.FromJson(With(key, value));

    [Theory]
    [InlineData("dual_cross_attention", "true", "dual_cross_attention is not supported (found true)")]
    [InlineData("addition_embed_type", "\"text_time\"", "addition_embed_type is not supported (found \"text_time\")")]
    [InlineData("time_embedding_type", "\"fourier\"", "time_embedding_type is not supported (found \"fourier\")")]
    [InlineData("attention_head_dim", "7", "320 channels cannot be split into 7 attention heads")]
    [InlineData("class_embed_type", "\"projection\"", "class_embed_type is projection, and projection_class_embeddings_input_dim is missing")]
    [InlineData("mid_block_type", "null",
        "no attention in the middle: where there is cross-attention the middle has it too "
        + "(middle_attention true, mid_block_type UNetMidBlock2DCrossAttn)")]
    public void A_key_that_cannot_is_refused(string key, string value, string problem)
    {
        var wrong = Assert.Throws<ConfigException>(() => UNet2DConfig.FromJson(With(key, value), "unet/config.json"));
        Assert.Contains($"unet/config.json: {problem}", wrong.Problems);
    }

    private static string With(string key, string value)
    {
        var node = JsonNode.Parse(StableDiffusion)!.AsObject();
        node["_class_name"] = "UNet2DConditionModel";
        node[key] = JsonNode.Parse(value);
        return node.ToJsonString();
    }
}
