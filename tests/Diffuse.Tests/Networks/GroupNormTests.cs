using Diffuse.Networks;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Networks;

/// <summary>Activations in float32 and bf16 on the CPU take a kernel of our own, those in float64 libtorch's operators, in float32.</summary>
public class GroupNormTests
{
    public enum Told
    {
        Nothing,
        Add,
        ScaleAndShift,
    }

    [Theory]
    [InlineData(Told.Nothing, true)]
    [InlineData(Told.Nothing, false)]
    [InlineData(Told.Add, true)]
    [InlineData(Told.Add, false)]
    [InlineData(Told.ScaleAndShift, true)]
    public void Outputs_and_gradients_are_those_of_libtorch(Told told, bool silu)
    {
        using var scope = NewDisposeScope();
        var wide = Gradients(float64, told, silu, Slopes);
        foreach (var (theirs, ours) in wide.Zip(Gradients(float32, told, silu, Slopes)))
        {
            Close.Equal(theirs, ours.to(float64), relative: 1e-4, floor: 1e-4);
        }

        foreach (var (theirs, ours) in wide.Zip(Gradients(bfloat16, told, silu, Slopes)))
        {
            Assert.InRange(Close.Distance(theirs, ours), 0, 0.01);
        }

        static void Slopes(Tensor y, Tensor[] given) => (y * y.detach().cos()).sum().backward();
    }

    [Theory]
    [InlineData(Told.Add)]
    [InlineData(Told.ScaleAndShift)]
    public void A_gradient_can_be_differentiated_again(Told told)
    {
        using var scope = NewDisposeScope();
        foreach (var (theirs, ours) in Gradients(float64, told, true, Penalty).Zip(Gradients(float32, told, true, Penalty)))
        {
            Close.Equal(theirs, ours.to(float64), relative: 1e-3, floor: 1e-3);
        }

        static void Penalty(Tensor y, Tensor[] given) =>
            autograd.grad([y.sin().sum()], given, create_graph: true).Aggregate(zeros(1, dtype: float64), (sum, slope) => sum + slope.square().sum()).sum().backward();
    }

    /// <summary>The result, and the gradients of x, of the weights and of what the norm is told.</summary>
    private static List<Tensor> Gradients(ScalarType type, Told told, bool silu, Action<Tensor, Tensor[]> backward)
    {
        const int images = 3, channels = 24;
        using var generator = new Generator(1);
        Tensor Leaf(ScalarType kept, params long[] shape) => (randn(shape, generator: generator).to(bfloat16).to(kept) * 0.5).requires_grad_();
        var norm = new GroupNorm(channels, groups: 4, eps: 1e-5);
        foreach (var parameter in norm.parameters())
        {
            using var quiet = no_grad();
            parameter.add_(randn(parameter.shape, generator: generator));
        }

        var x = Leaf(type, images, channels, 5, 7);
        var vector = told == Told.Nothing ? null : Leaf(float32, images, told == Told.Add ? channels : 2 * channels);
        var y = norm.Normalize(x, vector, told == Told.ScaleAndShift, silu);
        Tensor[] given = vector is null ? [x, .. norm.parameters()] : [x, vector, .. norm.parameters()];
        backward(y, given);
        return [y.detach(), .. given.Select(one => one.grad!)];
    }
}
