using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Networks;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Networks;

/// <summary>What the options of the U-Net make of conditions.</summary>
public sealed class UNetOptionsTests
{
    private static readonly UNetOptions options =
        new() { Channels = [16, 32, 64], Blocks = 1, AttentionLevels = [-1, -2], HeadSize = 16, Groups = 4 };

    private static readonly NetworkShape shape = new(In: 1, Out: 1, Height: 8, Width: 8);

    [Fact]
    public void With_tokens_the_levels_with_attention_look_at_them_with_heads_of_the_given_size()
    {
        var config = (options with { TransformerLayers = 2 }).Config(shape with { TokenSize = 12, Classes = 10 });
        Assert.Equal(["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"], config.DownBlockTypes);
        Assert.Equal(["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"], config.UpBlockTypes);
        Assert.Equal([1, 2, 4], config.HeadsByLevel);
        Assert.Equal((2, 12, 11), (config.TransformerLayers, config.CrossAttentionDim!.Value, config.NumClassEmbeds!.Value));
        Assert.Equal(["DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"], options.Config(shape).DownBlockTypes);
    }

    [Fact]
    public void A_texts_summary_takes_the_place_of_a_class()
    {
        var told = shape with { TokenSize = 12, VectorSize = 12 };
        Assert.Equal(("projection", 12), (options.Config(told).ClassEmbedType, options.Config(told).ProjectionClassEmbeddingsInputDim));
        using var network = options.Build(told, Precision.Fp32, seed: 1);
        Assert.True(network.IsToldVector);
        Assert.Contains("pooled: false of condition caption", Assert.Throws<ConfigException>(() => options.Config(told with { Classes = 3 })).Message);
    }

    [Fact]
    public void What_does_not_fit_tokens_is_said()
    {
        var told = shape with { TokenSize = 12 };
        Assert.Equal(
            [
                "network: no attention in the middle: where there is cross-attention the middle has it too "
                    + "(middle_attention true, mid_block_type UNetMidBlock2DCrossAttn)",
                "network: time features are fourier, expected positional where there is cross-attention",
            ],
            Problems(options with { MiddleAttention = false, TimeFeatures = TimeFeature.Fourier }));
        Assert.Equal(
            ["network: resample is pool, expected convolution where the network is told a text"],
            Problems(options with { Resample = ResampleKind.Pool }));
        Assert.Equal(
            new[] { 32, 64 }.Select(channels => $"network: {channels} channels cannot be split into attention heads of 24: "
                + "the head size must divide the channels of every level with attention"),
            Problems(options with { HeadSize = 24 }));

        IReadOnlyList<string> Problems(UNetOptions wrong) => Assert.Throws<ConfigException>(() => wrong.Config(told)).Problems;
    }

    [Fact]
    public void A_missing_condition_is_named()
    {
        using var scope = NewDisposeScope();
        using var network = options.Build(shape with { TokenSize = 12 }, Precision.Fp32, seed: 1);
        var missing = Assert.Throws<ArgumentException>(() => network.call(zeros(1, 1, 8, 8), zeros(1), Condition.None));
        Assert.Contains("a sequence", missing.Message);

        using var another = options.Build(shape with { Image = 3 }, Precision.Fp32, seed: 1);
        missing = Assert.Throws<ArgumentException>(() => another.call(zeros(1, 1, 8, 8), zeros(1), Condition.None));
        Assert.Contains("an image", missing.Message);
    }

    [Fact]
    public void An_image_stands_behind_x_before_patches_are_folded()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var patched = options with { Channels = [16, 32], Patch = 2 };
        using var told = patched.Build(shape with { Image = 3 }, Precision.Fp32, seed: 1);
        using var joint = patched.Build(shape with { In = 4 }, Precision.Fp32, seed: 1);
        FormulaWeights.Load(told);
        FormulaWeights.Load(joint);
        var all = FormulaWeights.Input(2, 4, 8, 8);

        var output = told.call(all.narrow(1, 0, 1), ones(2), new Condition(Image: all.narrow(1, 1, 3)));
        Assert.Equal([2, 1, 8, 8], output.shape);
        Assert.True(output.allclose(joint.call(all, ones(2), Condition.None), 1e-5, 1e-6));
        Assert.False(told.IsDiffusers);
    }

    [Fact]
    public void In_bf16_the_network_with_tokens_gives_nearly_the_same_and_learns()
    {
        using var scope = NewDisposeScope();
        var x = FormulaWeights.Input(2, 1, 8, 8);
        var given = new Condition(Tokens: FormulaWeights.Told(2, 5, 12), TokenMask: ones(2, 5, ScalarType.Bool));
        using var single = options.Build(shape with { TokenSize = 12 }, Precision.Fp32, seed: 1);
        using var half = options.Build(shape with { TokenSize = 12 }, Precision.Bf16, seed: 1);
        FormulaWeights.Load(single);
        FormulaWeights.Load(half);

        var expected = single.call(x, ones(2), given);
        var output = half.call(x, ones(2), given);
        Assert.Equal(float32, output.dtype);
        Assert.InRange(Close.Distance(expected, output), 1e-5, 0.03);

        output.square().sum().backward();
        Assert.All(half.named_parameters(), p => Assert.True(p.parameter.grad!.isfinite().all().item<bool>(), p.name));
    }

    [Fact]
    public void A_token_that_is_masked_has_no_influence()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var network = options.Build(shape with { TokenSize = 12 }, Precision.Fp32, seed: 1);
        FormulaWeights.Load(network);
        var x = FormulaWeights.Input(1, 1, 8, 8);
        var tokens = FormulaWeights.Told(1, 5, 12);
        var mask = tensor(new[] { true, true, true, false, false }).unsqueeze(0);

        var masked = network.call(x, ones(1), new Condition(Tokens: tokens, TokenMask: mask));
        var fewer = network.call(x, ones(1), new Condition(Tokens: tokens.narrow(1, 0, 3)));
        var all = network.call(x, ones(1), new Condition(Tokens: tokens));
        Assert.True(masked.allclose(fewer, 1e-4, 1e-5));
        Assert.False(masked.allclose(all, 1e-2, 1e-2));
    }
}
