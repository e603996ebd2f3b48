using Diffuse.Conditions;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Networks;
using Diffuse.Numerics;
using Diffuse.Objectives;
using Diffuse.Parameterizations;
using Diffuse.Processes;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Objectives;

public sealed class DenoisingObjectiveTests
{
    private static readonly ForwardProcess Process = new CosineOptions().Build();

    [Fact]
    public void The_loss_is_a_function_of_noise_and_random_alone()
    {
        using var scope = NewDisposeScope();
        var objective = Objective(new TwoNumbers(), new DenoisingOptions { ConditionDropout = 0.5 });
        double[] Loss(long step)
        {
            using var z = new StepNoise(1, step, CPU);
            return Close.Values(objective.Loss(Images(8), z, Seeds.Random(1, step)));
        }

        Assert.Equal(Loss(3), Loss(3));
        Assert.NotEqual(Loss(3), Loss(4));
        Assert.Equal(8, Loss(3).Length);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.2)]
    [InlineData(1.0)]
    public void The_share_of_labels_asked_for_is_dropped(double share)
    {
        using var scope = NewDisposeScope();
        var network = new TwoNumbers();
        using var z = new StepNoise(1, 1, CPU);
        Objective(network, new DenoisingOptions { ConditionDropout = share }).Loss(Images(2000), z, Seeds.Random(1, 2));
        Assert.InRange(network.Labels.Count(label => label == 10) / 2000.0, share * 0.9, share * 1.1);
        Assert.All(network.Labels.Select((label, i) => (label, i)), pair => Assert.True(pair.label == 10 || pair.label == pair.i % 10));
    }

    [Fact]
    public void A_condition_without_dropout_is_never_withheld()
    {
        using var scope = NewDisposeScope();
        var network = new TwoNumbers();
        using var z = new StepNoise(1, 1, CPU);
        Objective(network, new DenoisingOptions { ConditionDropout = 1 }, new ClassOptions { Dropout = 0 }).Loss(Images(20), z, Seeds.Random(1, 2));
        Assert.DoesNotContain(10, network.Labels);
    }

    [Fact]
    public void The_hybrid_loss_teaches_the_mean_by_the_simple_loss_alone_and_the_variance_by_the_bound()
    {
        using var scope = NewDisposeScope();
        (double A, double B) Gradients(LossOptions loss)
        {
            var network = new TwoNumbers(learnsVariance: true);
            using var z = new StepNoise(1, 1, CPU);
            Objective(network, new DenoisingOptions { Loss = loss }).Loss(Images(64), z, Seeds.Random(1, 2)).mean().backward();
            return (network.A.grad!.item<float>(), network.B.grad?.item<float>() ?? 0);
        }

        var (simple, hybrid, bound) = (Gradients(new SimpleLossOptions()), Gradients(new HybridLossOptions()), Gradients(new VariationalLossOptions()));
        Assert.Equal((0, true, true), (simple.B, hybrid.B != 0, bound.B != 0));
        Close.Equal(simple.A, hybrid.A, 1e-5);
        Assert.NotEqual(simple.A, bound.A);
    }

    [Fact]
    public void Learned_variances_ask_for_twice_the_channels()
    {
        Assert.Equal(3, Out(new DenoisingOptions()));
        Assert.Equal(6, Out(new DenoisingOptions { Loss = new HybridLossOptions() }));
        Assert.Equal(6, Out(new DenoisingOptions { Loss = new VariationalLossOptions() }));
        Assert.Equal(3, Out(new DenoisingOptions { Loss = new VariationalLossOptions { Variance = Variance.Small } }));

        static int Out(DenoisingOptions objective) => objective.Asks(new NetworkShape(3, 3, 8, 8), Classes).Out;
    }

    [Fact, LeaksNoTensors]
    public void A_step_in_a_scope_leaves_no_tensors()
    {
        var network = new TwoNumbers();
        var objective = Objective(network, new DenoisingOptions { Loss = new SimpleLossOptions { Weight = new MinSnrOptions() } });
        using (NewDisposeScope())
        {
            using var z = new StepNoise(1, 1, CPU);
            objective.Loss(Images(4), z, Seeds.Random(1, 1)).mean().backward();
            network.A.grad!.Dispose();
        }

        network.Dispose();
    }

    private static IObjective Objective(TwoNumbers network, DenoisingOptions options, ClassOptions? told = null) => options.Build(
        new ObjectiveParts(network, new EpsOptions().Build(Process), Process, new Conditioning([told ?? new ClassOptions()], Classes, options.Withheld)));

    private static ConditionSources Classes { get; } = new(1, [.. Enumerable.Range(0, 10).Select(label => $"{label}")], null, Precision.Fp32, 0);

    private static Batch Images(int n) =>
        new(linspace(-1, 1, n * 4).reshape(n, 1, 2, 2), new Condition(arange(n) % 10), [.. Enumerable.Range(0, n)]);
}
