using Diffuse.Networks;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Networks;

/// <summary>CLIP against OpenAI's own, run on formula weights.</summary>
public sealed class ClipReferenceTests
{
    [Fact]
    public void The_text_encoder_has_the_parameters_of_OpenAIs()
    {
        var reference = Reference.OwnCases("parameter_lists_diffusers")["clip_vit_l14_text_encoder_names"];
        var size = reference.Inputs["config"];
        var options = new TextEncoderOptions
        {
            Width = size["hidden_size"].Integer, Layers = size["num_hidden_layers"].Integer, Heads = size["num_attention_heads"].Integer,
        };
        using var encoder = new TextEncoder(options, size["vocab_size"].Integer, size["max_position_embeddings"].Integer, Precision.Fp32, seed: 0);
        Assert.Equal(reference.Expected["total_parameters"].Long, encoder.parameters().Sum(parameter => parameter.numel()));
        Assert.Equal(
            reference.Expected["mapping"].Items.Select(one => $"{one["openai"].Text} [{string.Join(", ", one["openai_shape"].Integers)}]").Distinct().Order(),
            encoder.named_parameters().Select(one => $"{one.name} [{string.Join(", ", one.parameter.shape)}]").Order());
    }

    [Theory, ReferenceCases("clip", Having = "config")]
    public void Features_logits_and_gradients_are_those_of_OpenAI(string name)
    {
        var reference = Reference.Case("clip", name);
        using var scope = NewDisposeScope();
        var config = Config(reference.Inputs["config"]);
        using var clip = new Clip(config, Precision.Fp32, seed: 0);
        var listed = FormulaWeights.Listed(reference.Inputs["parameters"]);
        var own = clip.named_parameters().Select(p => (p.name, Value: (Tensor)p.parameter)).Concat(clip.named_buffers().Select(b => (b.name, Value: b.buffer)))
            .ToDictionary(one => one.name, one => one.Value);
        Assert.Equal(
            listed.Select(p => $"{p.Name} [{string.Join(", ", p.Shape)}]").Order(),
            own.Select(p => $"{p.Key} [{string.Join(", ", p.Value.shape)}]").Order());
        using (no_grad())
        {
            foreach (var (k, (theirs, shape)) in listed.Index())
            {
                own[theirs].copy_(Value(theirs, shape, k));
            }
        }

        clip.eval();
        var ids = reference.Inputs["tokens"].Tensor(ScalarType.Int64);
        var images = FormulaWeights.Image(ids.shape[0], config.Channels, config.ImageResolution);
        var (seen, read) = (clip.ImageFeatures(images), clip.TextFeatures(ids));
        var logits = clip.Logits(seen, read);
        Close.Equal(reference.Expected["image_features_float64"], seen, Close.NetworkOutput, Close.NetworkOutput, "image features");
        Close.Equal(reference.Expected["text_features_float64"], read, Close.NetworkOutput, Close.NetworkOutput, "text features");
        Close.Equal(reference.Expected["logits_per_image_float64"], logits, 2e-4, 2e-4, "logits");
        var loss = Clip.Contrastive(logits).mean();
        Close.Equal(reference.Expected["contrastive_loss_float64"].Number, loss.item<float>(), 1e-4, what: "loss");

        loss.backward();
        var norms = reference.Expected["grad_l2_per_parameter_of_loss_float64"];
        var floor = 1e-5 * norms.Names.Max(parameter => norms[parameter].Number);
        foreach (var (parameter, value) in clip.named_parameters().Where(p => norms.Has(p.name)))
        {
            Close.Equal(norms[parameter].Number, value.grad!.to(ScalarType.Float64).norm().item<double>(), 1e-3, floor, parameter);
        }
    }

    private static Tensor Value(string name, long[] shape, long k) => name switch
    {
        "logit_scale" => tensor(2.6592600369327781f),
        _ when name.EndsWith("num_batches_tracked", StringComparison.Ordinal) => zeros(shape, int64),
        _ when name.EndsWith("running_var", StringComparison.Ordinal) => FormulaWeights.Parameter("weight", shape, k),
        _ => FormulaWeights.Parameter(name, shape, k),
    };

    private static ClipConfig Config(ReferenceValue config)
    {
        var layers = config["vision_layers"];
        var resnet = layers.Json.ValueKind == System.Text.Json.JsonValueKind.Array;
        var width = config["vision_width"].Integer;
        return new(
            config["embed_dim"].Integer, config["image_resolution"].Integer, resnet ? layers.Integers : [layers.Integer], width,
            config["vision_patch_size"].Integer, resnet ? width * 32 / 64 : width / 64, config["context_length"].Integer, config["vocab_size"].Integer,
            config["transformer_width"].Integer, config["transformer_heads"].Integer, config["transformer_layers"].Integer);
    }
}
