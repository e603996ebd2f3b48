using Diffuse.Data;
using Diffuse.Networks;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Networks;

public sealed class ClassifierTests
{
    private static readonly NetworkShape shape = new(In: 1, Out: 3, Height: 16, Width: 16);

    public static IEnumerable<object[]> Kinds => [["half-unet"], ["resnet"]];

    /// <summary>Stripes across, stripes down, and noise, under a little noise: learned in a few steps, told a time or not.</summary>
    [Theory, MemberData(nameof(Kinds))]
    public void It_learns_classes(string kind)
    {
        using var scope = NewDisposeScope();
        using var network = (Classifier)Every.Default<NetworkOptions>(kind).Build(shape, Precision.Fp32, seed: 3);
        Assert.Equal(3, network.Classes);
        using var optimizer = optim.AdamW(network.parameters(), lr: 3e-3);
        using var generator = new Generator(5);
        for (var step = 0; step < 25; step++)
        {
            using var inner = NewDisposeScope();
            var (x, label) = Images(generator);
            optimizer.zero_grad();
            nn.functional.cross_entropy(network.call(x, rand(24) * 1000, Condition.None), label).backward();
            optimizer.step();
        }

        using var quiet = no_grad();
        network.eval();
        var (held, truth) = Images(generator);
        var right = (network.call(held, zeros(24), Condition.None).argmax(1) == truth).sum().item<long>();
        Assert.True(right >= 22, $"{right} of 24");
    }

    [Fact]
    public void The_logits_of_the_residual_network_are_linear_in_its_features_and_ignore_the_time()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var network = (ResNet)new ResNetOptions().Build(shape, Precision.Fp32, seed: 3);
        FormulaWeights.Load(network);
        var x = FormulaWeights.Input(2, 1, 16, 16);

        var features = network.Features(x);
        Assert.Equal([2, 128], features.shape);
        var parameters = network.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        var logits = nn.functional.linear(features, parameters["last.weight"], parameters["last.bias"]);
        Assert.True(network.call(x, zeros(2), Condition.None).allclose(logits, 1e-5, 1e-6));
        Assert.True(network.call(x, 500 * ones(2), Condition.None).allclose(logits, 1e-5, 1e-6));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void In_bf16_it_says_nearly_the_same(string kind)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var single = (Classifier)Every.Default<NetworkOptions>(kind).Build(shape, Precision.Fp32, seed: 3);
        using var half = (Classifier)Every.Default<NetworkOptions>(kind).Build(shape, Precision.Bf16, seed: 3);
        FormulaWeights.Load(single);
        FormulaWeights.Load(half);
        var x = FormulaWeights.Input(2, 1, 16, 16);

        var expected = single.call(x, ones(2), Condition.None);
        var logits = half.call(x, ones(2), Condition.None);
        Assert.Equal(float32, logits.dtype);
        Assert.InRange(Close.Distance(expected, logits), 1e-5, 0.05);
    }

    private static (Tensor X, Tensor Label) Images(Generator generator)
    {
        var stripe = (arange(16) % 4 < 2).to(float32) * 2 - 1;
        var across = stripe.view(1, 1, 16, 1).expand(8, 1, 16, 16);
        var down = stripe.view(1, 1, 1, 16).expand(8, 1, 16, 16);
        var noise = randn(24, 1, 16, 16, generator: generator);
        var images = cat([across, down, zeros(8, 1, 16, 16)]);
        return (images + 0.5 * noise, arange(3).repeat_interleave(8));
    }
}
