using Diffuse.Networks;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Networks;

/// <summary>The text encoder against one written from the papers in PyTorch: scripts/text-encoder-numbers.py.</summary>
public sealed class TextEncoderReferenceTests
{
    public static TheoryData<string> Cases => [.. Reference.OwnCases("text_encoder").Keys];

    [Theory, MemberData(nameof(Cases))]
    public void States_and_gradients_are_those_of_the_equations(string name)
    {
        using var scope = NewDisposeScope();
        var reference = Reference.OwnCases("text_encoder")[name];
        int Size(string key) => reference.Inputs[key].Integer;
        var options = new TextEncoderOptions { Width = Size("width"), Layers = Size("layers"), Heads = Size("heads") };
        using var encoder = new TextEncoder(options, Size("vocabulary"), Size("length"), Precision.Fp32, seed: 0);
        using (no_grad())
        {
            foreach (var (k, (parameter, value)) in encoder.named_parameters().OrderBy(one => one.name, StringComparer.Ordinal).Index())
            {
                value.copy_(FormulaWeights.Parameter(parameter, value.shape, k));
            }
        }

        var states = encoder.call(reference.Inputs["ids"].Tensor(ScalarType.Int64));
        Close.Equal(reference.Expected["states"], states, Close.NetworkOutput, Close.NetworkOutput, "states");
        var weights = Enumerable.Range(0, (int)states.numel()).Select(i => FormulaWeights.U(i, 2000)).ToArray();
        (states * tensor(weights, states.shape)).sum().backward();
        foreach (var (parameter, value) in encoder.named_parameters())
        {
            Close.Equal(reference.Expected["grad_l2"][parameter].Number, value.grad!.to(ScalarType.Float64).norm().item<double>(), 1e-4, what: parameter);
        }
    }
}
