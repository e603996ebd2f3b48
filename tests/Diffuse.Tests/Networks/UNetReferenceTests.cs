using Diffuse.Data;
using Diffuse.Networks;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Networks;

/// <summary>The U-Net against diffusers' and OpenAI's own, run on formula weights.</summary>
public sealed class UNetReferenceTests
{
    [Theory, ReferenceCases("unet_diffusers")]
    public void The_network_is_that_of_diffusers(string name)
    {
        using var scope = NewDisposeScope();
        var reference = Reference.Case("unet_diffusers", name);
        using var network = new UNet(UNet2DConfig.FromJson(reference.Inputs["config"].Json.GetRawText()), Precision.Fp32, seed: 0);
        var listed = FormulaWeights.Listed((reference.Inputs.Has("parameters") ? reference.Inputs : reference.Expected)["parameters"]);

        var own = network.named_parameters().Select(p => $"{p.name} [{string.Join(", ", p.parameter.shape)}]");
        Assert.Equal(listed.Select(p => $"{p.Name} [{string.Join(", ", p.Shape)}]"), own);
        if (!reference.Expected.Has("output_float32"))
        {
            Assert.Equal(reference.Expected["total_parameters"].Long, network.parameters().Sum(p => p.numel()));
            return;
        }

        Load(network, listed, (theirs, value) => [(theirs, value)]);
        var label = reference.Inputs.Has("class_labels") ? reference.Inputs["class_labels"].Tensor(ScalarType.Int64) : null;
        Compare(network, reference, label, theirs => [theirs]);
    }

    [Theory, ReferenceCases("unet_openai")]
    public void The_network_is_that_of_OpenAI(string name)
    {
        using var scope = NewDisposeScope();
        var reference = Reference.Case("unet_openai", name);
        var config = SomeConfigs.OpenAI(reference.Inputs["config"]);
        var keys = new OpenAIUNetKeys(config);
        using var network = new UNet(config.ToDiffusers(), Precision.Fp32, seed: 0);

        Load(network, FormulaWeights.Listed(reference.Inputs["parameters"]), keys.Convert);
        var label = reference.Inputs.Has("y") ? reference.Inputs["y"].Tensor(ScalarType.Int64) : null;
        Compare(network, reference, label, keys.Ours);
    }

    [Theory, ReferenceCases("unet_parameter_lists")]
    public void Published_sizes_have_the_published_parameters(string name)
    {
        using var scope = NewDisposeScope();
        var reference = Reference.Case("unet_parameter_lists", name);
        var config = SomeConfigs.OpenAI(reference.Inputs["config"]);
        var keys = new OpenAIUNetKeys(config);
        using var network = new UNet(config.ToDiffusers(), Precision.Fp32, seed: 0);
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

    private static void Load(UNet network, IReadOnlyList<(string Name, long[] Shape)> listed, Func<string, Tensor, IEnumerable<(string Name, Tensor Value)>> convert)
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
    private static void Compare(UNet network, ReferenceCase reference, Tensor? label, Func<string, IReadOnlyList<string>> ours)
    {
        var expected = reference.Expected["output_float32"];
        var x = FormulaWeights.Input([.. expected.Shape[..1], network.Config.InChannels, .. expected.Shape[2..]]).requires_grad_();
        var output = network.call(x, reference.Inputs["timesteps"].Tensor(ScalarType.Float32), new Condition(Label: label));
        Close.Equal(expected, output, relative: Close.NetworkOutput, floor: Close.NetworkOutput, "output");

        output.square().sum().backward();
        var norms = network.named_parameters().ToDictionary(p => p.name, p => Norm(p.parameter.grad!));
        var listed = reference.Expected["grad_l2_per_parameter_float64"];
        var floor = 1e-6 * listed.Names.Max(name => listed[name].Number);
        foreach (var theirs in listed.Names)
        {
            var norm = Math.Sqrt(ours(theirs).Sum(name => norms[name] * norms[name]));
            Close.Equal(listed[theirs].Number, norm, relative: 1e-4, floor, theirs);
        }

        Close.Equal(reference.Expected["grad_l2_input_float64"].Number, Norm(x.grad!), relative: 1e-4, what: "input");
    }

    private static double Norm(Tensor gradient) => gradient.to(float64).norm().item<double>();
}
