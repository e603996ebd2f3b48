using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Networks;
using Diffuse.Numerics;
using Diffuse.Objectives;
using Diffuse.Parameterizations;
using Diffuse.Processes;
using Diffuse.Tests.Support;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Tests.Objectives;

public sealed class SlicedScoreMatchingTests
{
    private const double Time = 400;
    private static readonly NoiseSchedule q = (NoiseSchedule)new CosineOptions().Build();

    /// <summary>Over all eight sign patterns of three pixels the mean of v^T J v is the trace, so nothing is left to chance.</summary>
    [Theory]
    [InlineData("eps")]
    [InlineData("v")]
    [InlineData("x0")]
    public void Sliced_along_all_signs_it_is_the_exact_trace(string parameterization)
    {
        using var scope = NewDisposeScope();
        var model = Model(Perceptron.Seeded(1), parameterization);
        var (x0, eps, t) = (KnownData.Mixture().Draw(5, 1), KnownData.Mixture().Draw(5, 2), Times.All(Time, 5));
        var signs = Enumerable.Range(0, 8).Select(bits => tensor(new[] { Sign(bits, 0), Sign(bits, 1), Sign(bits, 2) }).expand(5, 1, 1, 3)).ToList();
        var sliced = new SlicedScoreMatching(q, 8).PerImage(model, x0, Condition.None, t, eps, new ListedNoise(signs));
        Close.Equal(new SlicedScoreMatching(q, 0).PerImage(model, x0, Condition.None, t, eps, new NoNoise()), sliced);

        static double Sign(int bits, int place) => (bits >> place & 1) == 1 ? 0.7 : -1.3;
    }

    [Fact]
    public void Gradients_reach_the_weights_through_the_second_derivative()
    {
        using var scope = NewDisposeScope();
        var network = Perceptron.Seeded(1);
        var model = Model(network, "eps");
        var (x0, eps, t) = (KnownData.Mixture().Draw(5, 1), KnownData.Mixture().Draw(5, 2), Times.All(Time, 5));
        Tensor Loss() => new SlicedScoreMatching(q, 0).PerImage(model, x0, Condition.None, t, eps).mean();
        Loss().backward();
        foreach (var weight in network.parameters())
        {
            var gradient = weight.grad!.flatten()[0].item<double>();
            double Moved(double by)
            {
                using var noGradients = no_grad();
                var flat = weight.view(-1);
                flat[0] = flat[0] + by;
                var loss = Loss().item<double>();
                flat[0] = flat[0] - by;
                return loss;
            }

            Close.Equal((Moved(1e-5) - Moved(-1e-5)) / 2e-5, gradient, 1e-6, 1e-8);
        }
    }

    /// <summary>By parts, E[sigma tr de/dx] = E|e|^2 for the true noise e, so that the loss is -E|e|^2 / 2; and none is smaller.</summary>
    [Fact]
    public void At_the_true_score_it_is_minus_half_its_square_and_least()
    {
        using var scope = NewDisposeScope();
        var data = KnownData.Mixture();
        var p = new EpsOptions().Build(q);
        var (x0, eps, t) = (data.Draw(4000, 1), Normal(4000, 2), Times.All(Time, 4000));
        double Loss(double factor)
        {
            var model = new Model(new Scaled(new ExactNetwork(data, q, p, [Time]), factor), p, q);
            return new SlicedScoreMatching(q, 0).PerImage(model, x0, Condition.None, t, eps).mean().item<double>();
        }

        var x = q.Corrupt(x0, t, eps);
        var half = 0.5 * q.Eps(x, data.Denoise(q, x, Time), Time).square().mean().item<double>();
        Assert.InRange(Loss(1) / -half, 0.97, 1.03);
        Assert.True(Loss(1) < Loss(0.9) && Loss(1) < Loss(1.1));
    }

    [Fact]
    public void A_perceptron_trained_by_it_finds_the_score_of_a_gaussian()
    {
        using var scope = NewDisposeScope();
        var data = KnownData.Gaussian();
        var network = Perceptron.Seeded(3);
        var model = Model(network, "eps");
        var optimizer = optim.Adam(network.parameters(), lr: 0.01);
        var loss = new SlicedScoreMatching(q, 1);
        for (var step = 0; step < 400; step++)
        {
            using var one = NewDisposeScope();
            optimizer.zero_grad();
            var (x0, eps) = (data.Draw(128, step), Normal(128, -step));
            loss.PerImage(model, x0, Condition.None, Times.All(Time, 128), eps, new Seeded(10_000 + step)).mean().backward();
            optimizer.step();
        }

        var x = q.Corrupt(data.Draw(1000, -1), Times.All(Time, 1000), Normal(1000, 7));
        var truth = q.Eps(x, data.Denoise(q, x, Time), Time);
        var found = model.F(x, Times.All(Time, 1000), Condition.None).F;
        Assert.InRange(((found - truth).square().mean() / truth.square().mean()).item<double>(), 0, 0.05);
    }

    [Fact]
    public void Without_gradients_it_is_still_a_number()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var loss = new SlicedScoreMatching(q, 2).PerImage(
            Model(Perceptron.Seeded(1), "v"), KnownData.Mixture().Draw(3, 1), Condition.None, Times.All(Time, 3), Normal(3, 1), new Seeded(1));
        Assert.False(loss.requires_grad);
        Assert.All(Close.Values(loss), value => Assert.True(double.IsFinite(value)));
        Assert.False(is_grad_enabled());
    }

    private static Model Model(Network network, string parameterization) =>
        new(network, Every.Default<ParameterizationOptions>(parameterization).Build(q), q);

    private static Tensor Normal(int count, int seed) => new Seeded(seed).Normal(zeros(count, 1, 1, 3, ScalarType.Float64));

    private sealed class Seeded(int seed) : INoise
    {
        private int draws;

        public Tensor Normal(Tensor like)
        {
            using var generator = new Generator(Seeds.Of(seed, draws++));
            return randn(like.shape, like.dtype, generator: generator);
        }
    }

    /// <summary>An exact network times a factor.</summary>
    private sealed class Scaled(Network inner, double factor) : Network("scaled")
    {
        public override string ConfigJson => "{}";

        public override bool IsDiffusers => false;

        public override Tensor forward(Tensor x, Tensor noise, Condition given) => factor * inner.call(x, noise, given);
    }

    /// <summary>Three pixels to three by way of 24 tanh.</summary>
    private sealed class Perceptron : Network
    {
        private readonly Parameter into;
        private readonly Parameter offset;
        private readonly Parameter outOf;

        private Perceptron(Generator generator)
            : base("perceptron")
        {
            into = new Parameter(0.7 * randn([3, 24], ScalarType.Float64, generator: generator));
            offset = new Parameter(0.5 * randn([24], ScalarType.Float64, generator: generator));
            outOf = new Parameter(0.2 * randn([24, 3], ScalarType.Float64, generator: generator));
            register_parameter("into", into);
            register_parameter("offset", offset);
            register_parameter("out_of", outOf);
        }

        public override string ConfigJson => "{}";

        public override bool IsDiffusers => false;

        public static Perceptron Seeded(ulong seed)
        {
            using var generator = new Generator(seed);
            return new Perceptron(generator);
        }

        public override Tensor forward(Tensor x, Tensor noise, Condition given) =>
            (x.reshape(-1, 3).mm(into) + offset).tanh().mm(outOf).reshape(x.shape);
    }
}
