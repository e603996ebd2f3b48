using Diffuse.Data;
using Diffuse.Networks;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Networks;

/// <summary>unCLIP's prior against diffusers' own, run on formula weights.</summary>
public sealed class PriorReferenceTests
{
    [Theory, ReferenceCases("unclip", "prior_*")]
    public void The_prior_is_that_of_diffusers(string name)
    {
        using var scope = NewDisposeScope();
        var reference = Reference.Case("unclip", name);
        var sizes = reference.Inputs["config"];
        int Size(string key) => (int)sizes[key].Long;
        var (d, length) = (Size("embedding_dim"), Size("num_embeddings"));
        using var network = new PriorTransformer(
            new PriorConfig(Size("num_attention_heads"), Size("attention_head_dim"), Size("num_layers"), d, length, Size("additional_embeddings")), Precision.Fp32, seed: 0);
        ReferenceGradients.SameParameters(reference.Inputs["parameters"], network);
        FormulaWeights.Load(network);

        var t = reference.Inputs["timesteps"].Tensor(ScalarType.Float32);
        var n = t.shape[0];
        var x = FormulaWeights.Plain(1000, n, d).requires_grad_();
        var given = new Condition(
            Embedding: FormulaWeights.Plain(1001, n, d), Tokens: FormulaWeights.Plain(1002, n, length, d),
            TokenMask: reference.Inputs.Has("attention_mask") ? stack([.. reference.Inputs["attention_mask"].Items.Select(row => tensor(row.Longs) > 0)], 0) : null);
        var output = network.call(x.reshape(n, d, 1, 1), t, given).reshape(n, d);
        Close.Equal(reference.Expected["predicted_image_embedding_float32"], output, Close.NetworkOutput, Close.NetworkOutput);
        Close.Equal(reference.Expected["post_processed_float32"], network.Denormalized(output), Close.NetworkOutput, Close.NetworkOutput);

        output.square().sum().backward();
        ReferenceGradients.Same(reference, network);
        Close.Equal(reference.Expected["grad_l2_hidden_states_float64"].Number, ReferenceGradients.Norm(x.grad!), relative: 1e-4);
    }

    [Fact]
    public void In_bf16_it_says_nearly_the_same()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var given = new Condition(
            Embedding: FormulaWeights.Plain(1001, 2, 16), Tokens: FormulaWeights.Plain(1002, 2, 5, 16), TokenMask: tensor(new[] { true, true, true, false, false }).expand(2, 5));
        var outputs = new[] { Precision.Fp32, Precision.Bf16 }.Select(precision =>
        {
            using var network = new PriorTransformer(new PriorConfig(2, 8, 2, 16, 5), precision, seed: 0);
            FormulaWeights.Load(network);
            return network.call(FormulaWeights.Plain(1000, 2, 16).view(2, 16, 1, 1), tensor(new[] { 3f, 700f }), given);
        }).ToList();
        Assert.Equal(float32, outputs[1].dtype);
        Close.Equal(outputs[0], outputs[1], 0.05, 0.05);
        Assert.False(outputs[0].equal(outputs[1]).all().item<bool>());
    }
}
