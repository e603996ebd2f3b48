using Diffuse.Conditions;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Evaluation;
using Diffuse.Networks;
using Diffuse.Numerics;
using Diffuse.Objectives;
using Diffuse.Processes;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Objectives;

public sealed class AutoencodingTests
{
    [Theory]
    [InlineData(null)]
    [InlineData(16)]
    public void Training_brings_reconstructions_nearer(int? codebook)
    {
        using var scope = NewDisposeScope();
        using var objective = Built(codebook, new AutoencodingOptions { Penalty = codebook is null ? 1e-4 : 1 });
        using var adam = optim.Adam(objective.Trainable.parameters(), 3e-3);
        var losses = Enumerable.Range(0, 60).Select(step => Step(objective, adam, step)).ToList();
        Assert.InRange(losses[^10..].Average(), 0, 0.6 * losses[..5].Average());
    }

    /// <summary>The adversary's gradients are those of its own loss, and it changes those of the network.</summary>
    [Fact]
    public void Neither_loss_reaches_the_other_network()
    {
        using var scope = NewDisposeScope();
        var alone = Gradients(null);
        var against = Gradients(new AdversaryOptions { After = new(0), Channels = 8 });
        var later = Gradients(new AdversaryOptions { After = new(1000), Channels = 8 });
        Assert.Equal(alone, later.Where(named => named.Key.StartsWith("network.", StringComparison.Ordinal)).Select(named => KeyValuePair.Create(named.Key["network.".Length..], named.Value)));
        Assert.All(later.Where(named => named.Key.StartsWith("adversary.", StringComparison.Ordinal)), named => Assert.Equal(0, named.Value));
        Assert.All(against.Where(named => named.Key.StartsWith("adversary.", StringComparison.Ordinal) && named.Key.EndsWith("weight", StringComparison.Ordinal)), named => Assert.NotEqual(0, named.Value));
        Assert.NotEqual(alone["decoder.conv_out.weight"], against["network.decoder.conv_out.weight"]);

        static Dictionary<string, double> Gradients(AdversaryOptions? adversary)
        {
            using var objective = Built(null, new AutoencodingOptions { Adversary = adversary });
            using var z = new StepNoise(1, 0, CPU);
            objective.Loss(Images(0), z, Seeds.Random(1)).sum().backward();
            return objective.Trainable.named_parameters().ToDictionary(named => named.name, named => named.parameter.grad is { } grad ? grad.to(float64).norm().item<double>() : 0);
        }
    }

    [Fact]
    public void Rows_of_the_codebook_that_nothing_is_near_to_are_put_among_the_latents()
    {
        using var scope = NewDisposeScope();
        using var objective = Built(16, new AutoencodingOptions());
        var network = (VqAutoencoder)objective.Trainable;
        using (no_grad())
        {
            network.Codebook.Table.narrow(0, 1, 15).fill_(100);
        }

        using var z = new StepNoise(1, 0, CPU);
        for (var step = 0; step < 400; step++)
        {
            using var inner = NewDisposeScope();
            objective.Loss(Images(step), z, Seeds.Random(1, step));
        }

        Assert.InRange(network.Codebook.Table.abs().max().item<float>(), 0, 20);
    }

    [Fact]
    public void Similarity_of_equal_images_is_one_and_of_flat_ones_that_of_their_brightness()
    {
        using var scope = NewDisposeScope();
        var images = Images(3).Images;
        Close.Equal([1, 1, 1, 1, 1, 1, 1, 1], [.. Fidelity.Ssim(images, images)], 1e-9);
        var (a, b) = (0.25, 0.75);
        Close.Equal([(2 * a * b + 1e-4) / (a * a + b * b + 1e-4)], [.. Fidelity.Ssim(full([1, 3, 16, 16], 2 * a - 1), full([1, 3, 16, 16], 2 * b - 1))], 1e-6);
        Assert.InRange(Fidelity.Ssim(images, -images).Max(), -1, 0.2);
    }

    [Fact]
    public void Sides_that_cannot_be_halved_are_refused() => Assert.Contains(
        "multiples of 4: found 30x32",
        Assert.Throws<ConfigException>(() => new AutoencoderOptions().Build(new NetworkShape(3, 3, 32, 30), Precision.Fp32, 0)).Message);

    private static double Step(Autoencoding objective, optim.Optimizer adam, int step)
    {
        using var scope = NewDisposeScope();
        using var z = new StepNoise(1, step, CPU);
        adam.zero_grad();
        var loss = objective.Loss(Images(step), z, Seeds.Random(1, step)).mean();
        loss.backward();
        adam.step();
        return loss.item<float>();
    }

    private static Autoencoding Built(int? codebook, AutoencodingOptions options)
    {
        var network = new AutoencoderOptions { Channels = [16, 16], LatentChannels = 3, Groups = 4, Codebook = codebook }.Build(new NetworkShape(1, 1, 12, 12), Precision.Fp32, seed: 1);
        network.train();
        return (Autoencoding)options.Build(new ObjectiveParts(network, null!, new CosineOptions().Build(), new Conditioning([], new ConditionSources(1, [], null, Precision.Fp32, 0), 0)));
    }

    /// <summary>Eight bars at random places.</summary>
    private static Batch Images(int step)
    {
        var random = Seeds.Random(7, step);
        var images = full([8, 1, 12, 12], -0.8, ScalarType.Float32);
        for (var i = 0; i < 8; i++)
        {
            images[i].narrow(random.Next(1, 3), random.Next(6), 2).fill_(0.8);
        }

        return new Batch(images, Condition.None, [.. Enumerable.Range(0, 8)]);
    }
}
