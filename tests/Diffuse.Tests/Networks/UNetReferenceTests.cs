using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Diffuse.Data;
using Diffuse.Jobs;
using Diffuse.Networks;
using Diffuse.Numerics;
using Diffuse.Tests.Support;
using Diffuse.Tests.Training;
using static TorchSharp.torch;

namespace Diffuse.Tests.Networks;

/// <summary>The U-Net against diffusers' and OpenAI's own, run on formula weights.</summary>
public sealed partial class UNetReferenceTests
{
    [Theory, ReferenceCases("unet_diffusers")]
    public void The_network_is_that_of_diffusers(string name)
    {
        using var scope = NewDisposeScope();
        var reference = Reference.Case("unet_diffusers", name);
        using var network = new UNet(UNet2DConfig.FromJson(reference.Inputs["config"].Json.GetRawText()), Precision.Fp32, seed: 0);
        var listed = FormulaWeights.Listed((reference.Inputs.Has("parameters") ? reference.Inputs : reference.Expected)["parameters"]);

        ReferenceGradients.SameParameters((reference.Inputs.Has("parameters") ? reference.Inputs : reference.Expected)["parameters"], network);
        if (!reference.Expected.Has("output_float32"))
        {
            Assert.Equal(reference.Expected["total_parameters"].Long, network.parameters().Sum(p => p.numel()));
            return;
        }

        Load(network, listed, (theirs, value) => [(theirs, value)]);
        var label = reference.Inputs.Has("class_labels") ? reference.Inputs["class_labels"].Tensor(ScalarType.Int64) : null;
        Compare(network, reference, new Condition(Label: label));
    }

    [Theory, ReferenceCases("unet_conditional")]
    public void With_cross_attention_the_network_is_that_of_diffusers(string name)
    {
        using var scope = NewDisposeScope();
        var reference = Reference.Case("unet_conditional", name);
        var config = JsonNode.Parse(reference.Inputs["config"].Json.GetRawText())!.AsObject();
        config["_class_name"] = "UNet2DConditionModel";
        using var network = new UNet(UNet2DConfig.FromJson(config.ToJsonString()), Precision.Fp32, seed: 0);
        Assert.Equal(network.Config.ToJson(), UNet2DConfig.FromJson(network.Config.ToJson()).ToJson());
        var listed = FormulaWeights.Listed(reference.Inputs["parameters"]);
        ReferenceGradients.SameParameters(reference.Inputs["parameters"], network);
        Load(network, listed, (theirs, value) => [(theirs, value)]);

        var formula = reference.Inputs["encoder_hidden_states_formula"].Text;
        var tokens = FormulaWeights.Told([.. Shape().Matches(formula)[^1].Groups[1].Value.Split(',').Select(long.Parse)]).requires_grad_();
        var given = new Condition(
            Label: reference.Inputs.Has("class_labels") ? Labels(reference.Inputs["class_labels"], network.Config.ClassEmbedType) : null,
            Tokens: tokens,
            TokenMask: reference.Inputs.Has("encoder_attention_mask") ? Mask(reference.Inputs["encoder_attention_mask"]) : null);
        Compare(network, reference, given);
        Close.Equal(reference.Expected["grad_l2_encoder_hidden_states_float64"].Number, ReferenceGradients.Norm(tokens.grad!), relative: 1e-4, what: "tokens");
    }

    /// <summary>The lists of U-Nets; those of text encoders are compared with CLIP.</summary>
    public static IEnumerable<object[]> ListedUNets => Reference.Cases("parameter_lists_diffusers").Values
        .Where(c => c.Inputs["config"].Has("cross_attention_dim")).Select(c => new object[] { c.Name });

    [Theory, MemberData(nameof(ListedUNets))]
    public void The_network_of_Stable_Diffusion_has_its_parameters(string name)
    {
        var reference = Reference.Case("parameter_lists_diffusers", name);
        using var scope = NewDisposeScope();
        var config = JsonNode.Parse(reference.Inputs["config"].Json.GetRawText())!.AsObject();
        config["_class_name"] = "UNet2DConditionModel";
        using var network = new UNet(UNet2DConfig.FromJson(config.ToJsonString()), Precision.Fp32, seed: null);
        Assert.Equal(reference.Expected["total_parameters"].Long, network.parameters().Sum(p => p.numel()));
        ReferenceGradients.SameParameters(reference.Expected["parameters"], network);
    }

    [Theory, ReferenceCases("unet_openai")]
    public void The_network_is_that_of_OpenAI(string name)
    {
        using var scope = NewDisposeScope();
        var reference = Reference.Case("unet_openai", name);
        var config = SomeConfigs.OpenAI(reference.Inputs["config"]);
        var classifier = reference.Inputs["config"].Has("pool");
        var keys = new OpenAIUNetKeys(config, classifier);
        using Network network = classifier ? new HalfUNet(config.ToDiffusers(), Precision.Fp32, seed: 0) : new UNet(config.ToDiffusers(), Precision.Fp32, seed: 0);

        Load(network, FormulaWeights.Listed(reference.Inputs["parameters"]), keys.Convert);
        var label = reference.Inputs.Has("y") ? reference.Inputs["y"].Tensor(ScalarType.Int64) : null;
        Compare(network, reference, new Condition(Label: label), keys.Ours);
    }

    /// <summary>Whose file says all: neither classifiers nor networks that resample without parameters.</summary>
    public static IEnumerable<object[]> WithSizesInTheFile => Reference.Cases("unet_openai").Values
        .Where(c => !c.Inputs["config"].Has("pool") && SomeConfigs.OpenAI(c.Inputs["config"]).ConvResample).Select(c => new object[] { c.Name });

    [Theory, MemberData(nameof(WithSizesInTheFile))]
    public void A_file_of_OpenAI_says_its_sizes(string name)
    {
        using var scope = NewDisposeScope();
        var reference = Reference.Case("unet_openai", name);
        var config = SomeConfigs.OpenAI(reference.Inputs["config"]);
        using var folder = new TemporaryFolder();
        TorchSave.Write(folder["model.pt"], FormulaWeights.Listed(reference.Inputs["parameters"]).Select((one, k) => KeyValuePair.Create(one.Name, FormulaWeights.Parameter(one.Name, one.Shape, k))));
        using var file = TensorFile.Open(folder["model.pt"]);
        var read = OpenAIUNetFile.Config(file, OpenAIUNetFile.Prefix(file)!, config.NumHeadChannels == -1 ? config.NumHeads : null, config.NumHeadChannels == -1 ? null : config.NumHeadChannels, config.UseNewAttentionOrder);
        Assert.Equal((config with { ImageSize = null, Dropout = 0 }).ToDiffusers().ToJson(), read.ToDiffusers().ToJson());
        using var network = new UNet(read.ToDiffusers(), Precision.Fp32, seed: 0);
        using var renamed = OpenAIUNetFile.Renamed(folder["model.pt"], file, "", read);
        LoadedModel.Load(network, renamed);
        var label = reference.Inputs.Has("y") ? reference.Inputs["y"].Tensor(ScalarType.Int64) : null;
        Compare(network, reference, new Condition(Label: label), new OpenAIUNetKeys(config).Ours);
    }

    [Theory, ReferenceCases("unet_parameter_lists")]
    public void Published_sizes_have_the_published_parameters(string name)
    {
        using var scope = NewDisposeScope();
        var reference = Reference.Case("unet_parameter_lists", name);
        var config = SomeConfigs.OpenAI(reference.Inputs["config"]);
        var keys = new OpenAIUNetKeys(config);
        using var network = new UNet(config.ToDiffusers(), Precision.Fp32, seed: null);
        var own = network.named_parameters().ToDictionary(p => p.name, p => p.parameter.shape);

        var listed = FormulaWeights.Listed(reference.Expected["parameters"]);
        foreach (var (theirs, shape) in listed)
        {
            foreach (var (ours, value) in keys.Convert(theirs, empty(shape, device: META)))
            {
                Assert.True(own.Remove(ours, out var expected), $"{theirs}: {ours} is missing");
                Assert.Equal(expected, value.shape);
            }
        }

        Assert.Empty(own);
        Assert.Equal(reference.Expected["total_parameters"].Long, network.parameters().Sum(p => p.numel()));
    }

    private static void Load(Network network, IReadOnlyList<(string Name, long[] Shape)> listed, Func<string, Tensor, IEnumerable<(string Name, Tensor Value)>> convert)
    {
        using var quiet = no_grad();
        var parameters = network.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        for (var k = 0; k < listed.Count; k++)
        {
            foreach (var (name, value) in convert(listed[k].Name, FormulaWeights.Parameter(listed[k].Name, listed[k].Shape, k)))
            {
                Assert.True(parameters.Remove(name, out var parameter), name);
                parameter!.copy_(value);
            }
        }

        Assert.Empty(parameters);
        network.eval();
    }

    /// <summary>Output within 1e-4; each parameter's gradient norm of the sum of squared outputs within 1e-4, or 1e-6 of the largest.</summary>
    private static void Compare(Network network, ReferenceCase reference, Condition given, Func<string, IReadOnlyList<string>>? ours = null)
    {
        var expected = reference.Expected["output_float32"];
        var numbers = Shape().Match(reference.Inputs["x_formula"].Text).Groups[1].Value.Split(',').Select(long.Parse);
        var x = FormulaWeights.Input([.. numbers]).requires_grad_();
        var output = network.call(x, reference.Inputs["timesteps"].Tensor(ScalarType.Float32), given);
        Close.Equal(expected, output, relative: Close.NetworkOutput, floor: Close.NetworkOutput, "output");

        output.square().sum().backward();
        ReferenceGradients.Same(reference, network, ours);
        Close.Equal(reference.Expected["grad_l2_input_float64"].Number, ReferenceGradients.Norm(x.grad!), relative: 1e-4, what: "input");
    }

    private static Tensor Labels(ReferenceValue labels, string? type) => labels.Tensor(type is null ? ScalarType.Int64 : ScalarType.Float32);

    private static Tensor Mask(ReferenceValue rows) => stack([.. rows.Items.Select(row => tensor(row.Longs) > 0)], 0);

    [GeneratedRegex(@"\[([0-9, ]+)\]")]
    private static partial Regex Shape();
}
