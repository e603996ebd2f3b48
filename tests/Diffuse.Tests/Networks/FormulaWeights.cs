using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Networks;

/// <summary>The reference's parameters and inputs, by an exact integer formula of the flat index i and the position k.</summary>
internal static class FormulaWeights
{
    public static double U(long i, long k) => 2.0 * (((7919 * i * i) + (104729 * i) + (1299709 * k) + 12345) % 1000003) / 1000003 - 1;

    /// <summary>The parameter of that name, shape and position in the list.</summary>
    /// <param name="gain">The squared largest value of a matrix, times its columns.</param>
    public static Tensor Parameter(string name, long[] shape, long k, double gain = 3)
    {
        var count = shape.Aggregate(1L, (product, size) => product * size);
        Func<double, double> law = shape.Length >= 2 ? u => Math.Sqrt(gain * shape[0] / count) * u
            : name.EndsWith("weight", StringComparison.Ordinal) || name.EndsWith("running_var", StringComparison.Ordinal) ? u => 1 + (0.2 * u)
            : u => 0.1 * u;
        return Fill(shape, k, law);
    }

    public static Tensor Input(params long[] shape) => Fill(shape, 1000, u => 1.5 * u);

    /// <summary>An input as it is, of that number.</summary>
    public static Tensor Plain(long k, params long[] shape) => Fill(shape, k, u => u);

    /// <summary>The sequence that a network is told.</summary>
    public static Tensor Told(params long[] shape) => Fill(shape, 1001, u => 1.2 * u);

    /// <summary>Images of CLIP's cases.</summary>
    public static Tensor Image(long count, long channels, long side) => Fill([count, channels, side, side], 3000, u => 1.5 * u);

    /// <summary>Gives a network's parameters the formula's values, in their order.</summary>
    public static void Load(nn.Module network)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        foreach (var (k, (name, parameter)) in network.named_parameters().Index())
        {
            parameter.copy_(Parameter(name, parameter.shape, k));
        }

        network.eval();
    }

    private static Tensor Fill(long[] shape, long k, Func<double, double> law)
    {
        var count = shape.Aggregate(1L, (product, size) => product * size);
        var values = new float[count];
        for (long i = 0; i < count; i++)
        {
            values[i] = (float)law(U(i, k));
        }

        return tensor(values, shape);
    }

    /// <summary>The listed parameters: name and shape, in order.</summary>
    public static IReadOnlyList<(string Name, long[] Shape)> Listed(ReferenceValue list) => [.. list.Items.Select(item => (item[0].Text, item[1].Longs))];
}
