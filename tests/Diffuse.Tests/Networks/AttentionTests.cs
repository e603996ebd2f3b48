using Diffuse.Networks;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Networks;

/// <summary>In float32 and bf16 on the CPU a kernel of our own takes over, in float64 libtorch's operators.</summary>
public class AttentionTests
{
    [Theory]
    [InlineData(1, 5, 5, false)]
    [InlineData(3, 37, 19, true)]
    [InlineData(2, 500, 300, false)] // more logits than are held at once
    [InlineData(2, 800, 700, true)]
    public void Outputs_and_gradients_are_those_of_float64(int heads, int queries, int keys, bool masked)
    {
        using var scope = NewDisposeScope();
        var wide = Gradients(float64, heads, queries, keys, masked);
        foreach (var (theirs, ours) in wide.Zip(Gradients(float32, heads, queries, keys, masked)))
        {
            Close.Equal(theirs, ours.to(float64), relative: 1e-4, floor: 1e-5);
        }

        // in bf16 as near to the truth as libtorch's operators, which nothing added to the logits leads to
        var composed = Gradients(bfloat16, heads, queries, keys, masked, added: zeros(queries, keys));
        foreach (var (theirs, (ours, operators)) in wide.Zip(Gradients(bfloat16, heads, queries, keys, masked).Zip(composed)))
        {
            Assert.InRange(Close.Distance(theirs, ours), 0, 1.25 * Close.Distance(theirs, operators) + 1e-3);
        }
    }

    [Fact]
    public void A_gradient_can_be_differentiated_again()
    {
        using var scope = NewDisposeScope();
        Close.Equal(Penalty(float64), Penalty(float32).to(float64), relative: 1e-4, floor: 1e-4);

        static Tensor Penalty(ScalarType type)
        {
            var (q, k, v, mask) = Given(type, 2, 7, 5, masked: true);
            var slopes = autograd.grad([Attention.Attend(q, k, v, 2, mask).sin().sum()], [q, k, v], create_graph: true);
            slopes.Aggregate(zeros(1, dtype: type), (sum, slope) => sum + slope.square().sum()).sum().backward();
            return cat([q.grad!, k.grad!, v.grad!], 1);
        }
    }

    [Fact]
    public void A_key_that_is_not_looked_at_makes_no_difference()
    {
        using var scope = NewDisposeScope();
        var (q, k, v, mask) = Given(float32, 2, 7, 5, masked: true);
        var before = Attention.Attend(q, k, v, 2, mask);
        var hidden = mask!.logical_not().unsqueeze(-1).to(float32);
        var after = Attention.Attend(q, k + hidden, v + 5 * hidden, 2, mask);
        Close.Equal(before, after, relative: 1e-6, floor: 1e-6);
    }

    private static List<Tensor> Gradients(ScalarType type, int heads, int queries, int keys, bool masked, Tensor? added = null)
    {
        var (q, k, v, mask) = Given(type, heads, queries, keys, masked);
        var y = Attention.Attend(q, k, v, heads, mask, added);
        (y * y.detach().cos()).sum().backward();
        return [y, q.grad!, k.grad!, v.grad!];
    }

    private static (Tensor Q, Tensor K, Tensor V, Tensor? Mask) Given(ScalarType type, int heads, int queries, int keys, bool masked)
    {
        const int images = 3, size = 8;
        using var generator = new Generator(1);
        Tensor Of(int length) => (randn(images, length, heads * size, generator: generator) * 2).to(type).requires_grad_();
        var (q, k, v) = (Of(queries), Of(keys), Of(keys));
        return (q, k, v, masked ? rand(images, keys, generator: generator) < 0.7 : null);
    }
}
