using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Networks;

/// <summary>Parameters and their gradients against those that a case of a network lists.</summary>
internal static class ReferenceGradients
{
    /// <summary>The names and shapes of a network's parameters are those of a list, in its order.</summary>
    public static void SameParameters(ReferenceValue list, nn.Module network) => Assert.Equal(
        FormulaWeights.Listed(list).Select(p => $"{p.Name} [{string.Join(", ", p.Shape)}]"),
        network.named_parameters().Select(p => $"{p.name} [{string.Join(", ", p.parameter.shape)}]"));

    /// <summary>
    /// After backward: the norm of each trained parameter's gradient within 1e-4, or 1e-6 of the largest; below that where the case says that it is zero but for
    /// rounding.
    /// </summary>
    /// <param name="ours">The parameters of ours that one of the list is made of; null: that of the same name.</param>
    public static void Same(ReferenceCase reference, nn.Module network, Func<string, IReadOnlyList<string>>? ours = null)
    {
        var listed = reference.Expected["grad_l2_per_parameter_float64"];
        var noise = reference.Expected.Has("below_float32_noise") ? reference.Expected["below_float32_noise"].Items.Select(item => item.Text).ToHashSet() : [];
        var norms = network.named_parameters().Where(p => p.parameter.requires_grad).ToDictionary(p => p.name, p => Norm(p.parameter.grad!));
        var theirs = listed.Names.Where(name => listed[name].Json.ValueKind != System.Text.Json.JsonValueKind.Null).ToList(); // null: not trained
        if (ours is null)
        {
            Assert.Equal(norms.Keys.Order(StringComparer.Ordinal), theirs.Order(StringComparer.Ordinal));
        }

        var floor = 1e-6 * theirs.Max(name => listed[name].Number);
        foreach (var name in theirs)
        {
            var norm = Math.Sqrt((ours?.Invoke(name) ?? [name]).Sum(own => norms[own] * norms[own]));
            if (noise.Contains(name))
            {
                Assert.InRange(norm, 0, floor);
            }
            else
            {
                Close.Equal(listed[name].Number, norm, relative: 1e-4, floor, name);
            }
        }
    }

    public static double Norm(Tensor gradient) => gradient.to(float64).norm().item<double>();
}
