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
}
