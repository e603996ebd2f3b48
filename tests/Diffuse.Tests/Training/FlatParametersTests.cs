using Diffuse.Tests.Support;
using Diffuse.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Adam = Diffuse.Training.Adam;

namespace Diffuse.Tests.Training;

public class FlatParametersTests
{
    [Fact]
    public void The_module_computes_as_before_and_its_gradients_land_in_the_vector()
    {
        using var scope = NewDisposeScope();
        using var plain = Network();
        using var flattened = Network();
        using var flat = new FlatParameters(flattened);
        var x = randn(5, 7, generator: new Generator(1));

        var (expected, actual) = (plain.call(x), flattened.call(x));
        expected.square().sum().backward();
        actual.square().sum().backward();

        Assert.Equal(Close.Values(expected), Close.Values(actual));
        var gradients = flat.Named(flat.Gradients).ToDictionary();
        Assert.All(plain.named_parameters(), named => Assert.Equal(Close.Values(named.parameter.grad!), Close.Values(gradients[named.name])));
        Assert.Equal(plain.parameters().Sum(p => p.NumberOfElements), flat.Count);
    }

    [Fact]
    public void Gradients_add_up_until_they_are_cleared_in_place()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        using var flat = new FlatParameters(network);
        var x = ones(2, 7);

        network.call(x).sum().backward();
        var once = Close.Values(flat.Gradients);
        network.call(x).sum().backward();
        var twice = Close.Values(flat.Gradients);
        flat.ZeroGradients();
        network.call(x).sum().backward();

        Assert.Equal(once.Select(g => 2 * g), twice);
        Assert.Equal(once, Close.Values(flat.Gradients));
    }

    [Fact]
    public void Parameters_that_are_frozen_are_left_alone()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        network.named_parameters().First().parameter.requires_grad = false;
        using var flat = new FlatParameters(network);

        Assert.DoesNotContain(network.named_parameters().First().name, flat.Named(flat.Values).Select(named => named.Key));
    }

    [Fact]
    public void Twenty_steps_with_clipping_equal_those_of_the_librarys_AdamW()
    {
        using var scope = NewDisposeScope();
        using var plain = Network();
        using var flattened = Network();
        using var flat = new FlatParameters(flattened);
        using var adam = new Adam(flat, 0.9, 0.99, 0.05, decoupled: true);
        using var library = torch.optim.AdamW(plain.parameters(), lr: 0.01, beta1: 0.9, beta2: 0.99, weight_decay: 0.05);
        var x = randn(5, 7, generator: new Generator(1));
        for (var step = 1; step <= 20; step++)
        {
            library.zero_grad();
            plain.call(x).square().sum().backward();
            nn.utils.clip_grad_norm_(plain.parameters().Cast<Parameter>(), 1);
            library.step();

            flattened.call(x).square().sum().backward();
            adam.Step(0.01, step, FlatParameters.Clipping(flat.Norm(), 1));
        }

        Assert.All(
            plain.named_parameters().Zip(flattened.named_parameters()),
            pair => Close.Equal(pair.First.parameter, pair.Second.parameter, relative: 1e-5, floor: 1e-7));
    }

    /// <summary>What one pass over memory does is what a dozen operators do, which take over in float64.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_fused_step_is_the_composed_one(bool decoupled)
    {
        using var scope = NewDisposeScope();
        var (narrow, wide) = (Steps(ScalarType.Float32, decoupled), Steps(ScalarType.Float64, decoupled));
        foreach (var (one, other) in narrow.Zip(wide))
        {
            Close.Equal(other, one.to(ScalarType.Float64), relative: 2e-4, floor: 1e-5);
        }
    }

    /// <summary>Weights, moments, two averages and the gradient after five steps on a vector that is no whole number of pieces.</summary>
    private static List<Tensor> Steps(ScalarType type, bool decoupled)
    {
        var weights = nn.Parameter(Random(0, type));
        var flat = new FlatParameters(nn.ParameterList(weights));
        var adam = new Adam(flat, 0.9, 0.99, 0.05, decoupled);
        var (slow, quick) = (new Ema(flat), new Ema(flat));
        for (var step = 1; step <= 5; step++)
        {
            (weights * Random(step, type)).sum().backward();
            adam.Step(0.01, step, FlatParameters.Clipping(flat.Norm(), 3), (slow, 0.99), (quick, 0.5));
        }

        return [flat.Values, adam.Mean, adam.MeanSquare, slow.Values, quick.Values, flat.Gradients];
    }

    private static Tensor Random(int seed, ScalarType type) => randn(9001, generator: new Generator((ulong)seed)).to(type);

    private static Sequential Network()
    {
        var network = nn.Sequential(("in", nn.Linear(7, 5)), ("act", nn.SiLU()), ("out", nn.Linear(5, 3)));
        using var _ = no_grad();
        using var generator = new Generator(2);
        foreach (var parameter in network.parameters())
        {
            using var values = randn(parameter.shape, generator: generator);
            parameter.copy_(values);
        }

        return network;
    }
}
