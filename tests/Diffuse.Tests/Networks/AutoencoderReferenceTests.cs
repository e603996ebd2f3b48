using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Diffuse.Configuration;
using Diffuse.Networks;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Networks;

/// <summary>Autoencoders against diffusers' own, run on formula weights.</summary>
public sealed partial class AutoencoderReferenceTests
{
    [Theory, ReferenceCases("autoencoder")]
    public void The_autoencoder_is_that_of_diffusers(string name)
    {
        using var scope = NewDisposeScope();
        var reference = Reference.Case("autoencoder", name);
        using var network = Built(reference.Inputs["config"], reference.Inputs["parameters"], reference.Expected.Has("indices"));
        var x = FormulaWeights.Plain(1000, [.. Shape().Match(reference.Inputs["x_formula"].Text).Groups[1].Value.Split(',').Select(long.Parse)]).requires_grad_();
        var loss = network is VqAutoencoder quantized ? Compared(quantized, x, reference) : Compared((KlAutoencoder)network, x, reference);
        Close.Equal(reference.Expected["loss"].Number, loss.item<float>(), relative: 1e-4, what: "loss");
        loss.backward();

        Close.Equal(reference.Expected["grad_l2_input_float64"].Number, ReferenceGradients.Norm(x.grad!), relative: 1e-4, what: "input");
        ReferenceGradients.Same(reference, network);
    }

    [Theory, ReferenceCases("latent_scaling")]
    public void Scaled_latents_are_those_of_Stable_Diffusion(string name)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var reference = Reference.Case("latent_scaling", name);
        using var network = (KlAutoencoder)Built(reference.Inputs["config"], reference.Inputs["parameters"], quantized: false);
        var x0 = reference.Inputs["x0_uint8"].Tensor(ScalarType.Float32) / 127.5 - 1;
        var factor = reference.Inputs["scaling_factor"].Number;
        var latents = network.Draw(x0, new ListedNoise(reference.Inputs["noise"].Tensor(ScalarType.Float32).unsqueeze(0)));
        Close.Equal(reference.Expected["unscaled_latent_sample"], latents, Close.NetworkOutput, Close.NetworkOutput);
        Close.Equal(reference.Expected["scaled_latent"], latents * factor, Close.NetworkOutput, Close.NetworkOutput);
        var decoded = network.Decode(latents * factor / factor);
        Close.Equal(reference.Expected["decoded"], decoded, Close.NetworkOutput, Close.NetworkOutput);
        Close.Equal(reference.Expected["image_uint8"], ((decoded / 2 + 0.5).clamp(0, 1) * 255).round(), 0);
        Close.Equal(reference.Expected["scale_by_std_factor"].Number, 1 / latents.std().item<float>(), 1e-4);
    }

    [Theory]
    [InlineData("act_fn", "relu", "act_fn: found relu; allowed: silu")]
    [InlineData("_class_name", "AutoencoderTiny", "_class_name: found AutoencoderTiny; allowed: AutoencoderKL, VQModel")]
    public void What_is_not_built_is_refused(string key, string value, string message) =>
        Assert.Contains(message, Assert.Throws<ConfigException>(() => AutoencoderConfig.FromJson(new JsonObject { [key] = value }.ToJsonString(), "config.json")).Message);

    private static Tensor Compared(KlAutoencoder network, Tensor x, ReferenceCase reference)
    {
        var expected = reference.Expected;
        var (mean, logVariance) = network.Posterior(x);
        Same("moments", cat([mean, logVariance], 1));
        Same("mode", network.Encode(x));
        Same("std", (0.5 * logVariance).exp());
        var kl = KlAutoencoder.Kl(mean, logVariance);
        Close.Equal(expected["kl_nats"].Numbers, kl, Close.NetworkOutput);
        var decoded = network.Decode(mean);
        Same("decoded_mode", decoded);
        var sample = network.Draw(x, new ListedNoise(reference.Inputs["noise"].Tensor(ScalarType.Float32).unsqueeze(0)));
        Same("sample_with_listed_noise", sample);
        Same("decoded_sample", network.Decode(sample));
        var nll = 0.5 * (Math.Log(2 * Math.PI) + logVariance + (sample - mean).square() / logVariance.exp()).flatten(1).sum(1);
        Close.Equal(expected["nll_of_sample"].Numbers, nll, Close.NetworkOutput);
        return decoded.square().sum() + kl.sum();

        void Same(string what, Tensor found) => Close.Equal(expected[what], found, Close.NetworkOutput, Close.NetworkOutput, what);
    }

    private static Tensor Compared(VqAutoencoder network, Tensor x, ReferenceCase reference)
    {
        var expected = reference.Expected;
        var latents = network.Encode(x);
        Close.Equal(expected["latents"], latents, Close.NetworkOutput, Close.NetworkOutput);
        var (quantized, rows, indices) = network.Codebook.Quantize(latents);
        Close.Equal(expected["quantized"], quantized, Close.NetworkOutput, Close.NetworkOutput);
        Close.Equal(expected["indices"].Numbers, indices.flatten(), 0);
        var commitment = Codebook.Commitment(latents, rows).mean();
        Close.Equal(expected["commitment_loss"].Number, commitment.item<float>(), Close.NetworkOutput);
        var decoded = network.Reconstruct(x, new NoNoise()).Images;
        Close.Equal(expected["decoded"], decoded, Close.NetworkOutput, Close.NetworkOutput);
        return decoded.square().sum() + commitment;
    }

    private static Autoencoder Built(ReferenceValue config, ReferenceValue parameters, bool quantized)
    {
        var json = JsonNode.Parse(config.Json.GetRawText())!.AsObject();
        json["_class_name"] = quantized ? AutoencoderConfig.VqClass : AutoencoderConfig.KlClass;
        var read = AutoencoderConfig.FromJson(json.ToJsonString(), "config.json");
        Assert.Equal(read.ToJson(), AutoencoderConfig.FromJson(read.ToJson(), "config.json").ToJson());
        var network = Autoencoder.Of(read, Precision.Fp32, seed: 0);
        ReferenceGradients.SameParameters(parameters, network);
        FormulaWeights.Load(network);
        return network;
    }

    [GeneratedRegex(@"\[([0-9, ]+)\]")]
    private static partial Regex Shape();
}
