using Diffuse.Data;
using Diffuse.Networks;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Networks;

public class SettledTests
{
    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    public void A_network_with_its_weights_cast_once_says_the_same_to_the_bit(Precision precision)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var network = new UNetOptions { Channels = [16, 32], Blocks = 1, Groups = 4, HeadSize = 16 }.Build(new NetworkShape(3, 3, 32, 32), precision, seed: 1);
        foreach (var parameter in network.parameters())
        {
            parameter.add_(randn(parameter.shape, generator: new Generator(2)) * 0.05); // those that start at zero too
        }

        var x = randn([2, 3, 32, 32], generator: new Generator(3));
        var before = network.call(x, tensor(new[] { 1f, 500f }), Condition.None);
        network.Settle();
        var after = network.call(x, tensor(new[] { 1f, 500f }), Condition.None);

        Assert.Equal(Close.Values(before), Close.Values(after));
        Assert.Equal(precision == Precision.Bf16, network.parameters().Any(parameter => parameter.dtype == ScalarType.BFloat16));
        Assert.Contains(network.parameters(), parameter => parameter.dtype == ScalarType.Float32);
    }
}
