using Diffuse.Networks;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Networks;

/// <summary>With AVX2 a kernel of our own takes over in float32, in bf16 with AVX512's instructions for it; elsewhere it is libtorch's.</summary>
public class ConvolutionTests
{
    [Theory]
    [InlineData(9, 32, 32, 16, 16)]
    [InlineData(3, 16, 48, 31, 33)] // tiles that reach beyond the image
    [InlineData(1, 48, 80, 47, 45)] // an odd number of tiles would leave one alone
    [InlineData(600, 64, 16, 1, 2)]
    [InlineData(2, 24, 32, 32, 32)] // channels that are no multiple of 16
    public void Outputs_and_gradients_are_nearly_as_close_to_float64_as_those_of_libtorch(int images, int input, int output, int height, int width)
    {
        Check(Precision.Bf16, slack: 1e-4);
        Check(Precision.Fp32, slack: 1e-6);

        void Check(Precision precision, double slack)
        {
            using var scope = NewDisposeScope();
            using var layer = new Conv2d(input, output, 3, precision, new Generator(1));
            var x = Images(images, input, height, width);
            var ours = Gradients(layer, precision.Type(), (x, _, _) => layer.call(x), x);
            var libtorch = Gradients(layer, precision.Type(), layer.Convolve, x);
            var wide = Gradients(layer, float64, layer.Convolve, x);
            foreach (var (truth, (one, other)) in wide.Zip(ours.Zip(libtorch)))
            {
                Assert.Equal(truth.shape, one.shape);
                Assert.InRange(Close.Distance(truth, one), 0, 2.5 * Close.Distance(truth, other) + slack);
            }
        }
    }

    [Theory]
    [InlineData(Precision.Bf16, 0.02)]
    [InlineData(Precision.Fp32, 1e-5)]
    public void A_gradient_can_be_differentiated_again(Precision precision, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var layer = new Conv2d(16, 32, 3, precision, new Generator(1));
        var x = Images(9, 16, 16, 16);
        Assert.InRange(Close.Distance(Penalty(float64, layer.Convolve), Penalty(precision.Type(), (x, _, _) => layer.call(x))), 0, tolerance);

        Tensor Penalty(ScalarType type, Func<Tensor, Tensor, Tensor, Tensor> convolve)
        {
            var (pixels, weight, bias) = Given(layer, type, x);
            var slope = autograd.grad([convolve(pixels, weight, bias).square().sum()], [pixels], create_graph: true)[0];
            slope.square().sum().backward();
            return pixels.grad!;
        }
    }

    private static Tensor Images(params long[] shape) => randn(shape, generator: new Generator(2)).to(bfloat16);

    /// <summary>The result, and the gradients of x, weight and bias.</summary>
    private static List<Tensor> Gradients(Conv2d layer, ScalarType type, Func<Tensor, Tensor, Tensor, Tensor> convolve, Tensor x)
    {
        layer.zero_grad();
        var (pixels, weight, bias) = Given(layer, type, x);
        var y = convolve(pixels, weight, bias);
        y.backward([randn(y.shape, generator: new Generator(3)).to(bfloat16).to(type)]);
        return [y.detach(), pixels.grad!, weight.grad ?? layer.Weight.grad!.clone(), bias.grad ?? layer.parameters().Last().grad!.clone()];
    }

    private static (Tensor X, Tensor Weight, Tensor Bias) Given(Conv2d layer, ScalarType type, Tensor x)
    {
        Tensor Leaf(Tensor t) => t.detach().to(type).clone().requires_grad_();
        return (Leaf(x), Leaf(layer.Weight), Leaf(layer.parameters().Last()));
    }
}
