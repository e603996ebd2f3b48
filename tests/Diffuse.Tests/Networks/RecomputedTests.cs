using Diffuse.Data;
using Diffuse.Networks;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Networks;

public class RecomputedTests
{
    [Theory]
    [InlineData(null)]
    [InlineData(12)]
    public void Gradients_are_those_without(int? tokens)
    {
        using var scope = NewDisposeScope();
        var (plain, again) = (Gradients(tokens, recomputes: false), Gradients(tokens, recomputes: true));
        Assert.All(plain.Zip(again), pair => Close.Equal(pair.First, pair.Second, relative: 1e-4, floor: 1e-4));
    }

    [Fact]
    public void Dropout_draws_the_same_twice()
    {
        using var scope = NewDisposeScope();
        var x = ones(1000).requires_grad_();
        var seen = new List<Tensor>();
        var y = Recomputed.Of(
            inputs =>
            {
                var dropped = nn.functional.dropout(inputs[0], 0.5);
                seen.Add(dropped.detach().MoveToOtherDisposeScope(scope));
                return dropped * 3;
            },
            draws: true,
            x);
        y.sum().backward();

        Assert.Equal(2, seen.Count);
        Assert.Equal(Close.Values(seen[0]), Close.Values(seen[1]));
        Assert.Equal(Close.Values(seen[0] * 3), Close.Values(x.grad!));
        Assert.InRange(seen[0].count_nonzero().item<long>(), 300, 700);
    }

    [Fact]
    public void A_second_derivative_is_refused_with_the_reason()
    {
        using var scope = NewDisposeScope();
        var x = ones(3).requires_grad_();
        var y = Recomputed.Of(inputs => inputs[0].square(), draws: false, x).sum();

        var error = Assert.ThrowsAny<Exception>(() => autograd.grad([y], [x], create_graph: true));
        Assert.Contains("cannot be differentiated again", error.Message);
    }

    [Fact]
    public void Without_gradients_nothing_is_saved()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var calls = 0;
        var y = Recomputed.Of(
            inputs =>
            {
                calls++;
                return inputs[0] * 2;
            },
            draws: false,
            ones(3));

        Assert.False(y.requires_grad);
        Assert.Equal(1, calls);
    }

    private static UNet Network(int? tokens, bool recomputes)
    {
        var options = new UNetOptions { Channels = [32, 64], Blocks = 1, Groups = 8, HeadSize = 16, AttentionLevels = [0, 1] };
        var network = (UNet)options.Build(new NetworkShape(3, 3, 16, 16, TokenSize: tokens), Precision.Fp32, seed: 1);
        using var _ = no_grad();
        using var generator = new Generator(2);
        foreach (var parameter in network.parameters())
        {
            parameter.add_(randn(parameter.shape, generator: generator) * 0.05); // those that start at zero too
        }

        network.modules().OfType<IRecomputable>().ToList().ForEach(block => block.Recomputes = recomputes);
        network.train();
        return network;
    }

    private static List<Tensor> Gradients(int? tokens, bool recomputes)
    {
        using var network = Network(tokens, recomputes);
        var generator = new Generator(4);
        var x = randn(2, 3, 16, 16, generator: generator).requires_grad_();
        var told = tokens is { } size ? randn(2, 5, size, generator: generator).requires_grad_() : null;
        var y = network.call(x, tensor(new[] { 1f, 500f }), told is null ? Condition.None : new Condition(Tokens: told));
        y.square().sum().backward();
        return [x.grad!, .. told is null ? [] : new[] { told.grad! }, .. network.parameters().Select(parameter => parameter.grad!.clone())];
    }
}
