using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Guidance;
using Diffuse.Networks;
using Diffuse.Parameterizations;
using Diffuse.Processes;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Laws;

public sealed class GuidanceLaws
{
    private readonly Classes inner = new();

    [Theory]
    [InlineData(1.0, new[] { 2L, 0L })]
    [InlineData(0.0, new[] { 3L, 3L })]
    public void At_scale_one_and_zero_a_single_pass_of_the_conditional_or_unconditional_model_is_made(double scale, long[] labels)
    {
        using var scope = NewDisposeScope();
        var guided = new ClassifierFree(inner, scale, new NullCondition(3)).Denoise(X(), 5, Given());
        Assert.Equal([2], inner.Batches);
        Close.Equal(new Classes().Denoise(X(), 5, new Condition(tensor(labels))).X0, guided.X0);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(3.0)]
    [InlineData(-1.0)]
    public void Between_and_beyond_it_goes_along_the_line_through_both_in_one_batch(double scale)
    {
        using var scope = NewDisposeScope();
        var guided = new ClassifierFree(inner, scale, new NullCondition(3)).Denoise(X(), 5, Given());
        var c = new Classes().Denoise(X(), 5, Given());
        var u = new Classes().Denoise(X(), 5, new Condition(tensor(new[] { 3L, 3L })));
        Assert.Equal([4], inner.Batches);
        Close.Equal(u.X0 + scale * (c.X0 - u.X0), guided.X0);
        Close.Equal(c.V!, guided.V!);
    }

    /// <summary>Classes as Gaussians of equal spread, "none" the mixture: at scale 1 of the exact model nothing changes, and the scale is linear in eps too.</summary>
    [Fact]
    public void On_x0_and_on_eps_the_guided_estimate_is_the_same()
    {
        using var scope = NewDisposeScope();
        var (alpha, sigma, s) = (0.8, 0.6, 2.5);
        Tensor Eps(Tensor x0) => (X() - alpha * x0) / sigma;
        var (c, u) = (new Classes().Denoise(X(), 5, Given()).X0, new Classes().Denoise(X(), 5, new Condition(tensor(new[] { 3L, 3L }))).X0);
        var guided = new ClassifierFree(inner, s, new NullCondition(3)).Denoise(X(), 5, Given()).X0;
        Close.Equal(Eps(u) + s * (Eps(c) - Eps(u)), Eps(guided));
    }

    [Fact]
    public void Outside_its_interval_of_noise_levels_the_conditional_model_speaks_in_one_pass()
    {
        using var scope = NewDisposeScope();
        var q = (NoiseSchedule)new CosineOptions { Steps = 10 }.Build();
        var level = q.Sigma(5) / q.Alpha(5);
        Denoised Guided(double low, double high) =>
            new ClassifierFree(inner, 3, new NullCondition(3)) { Interval = (q, low, high) }.Denoise(X(), 5, Given());
        var (within, without) = (Guided(0.9 * level, level), Guided(level, 2 * level));
        Assert.Equal([4, 2], inner.Batches);
        Close.Equal(new Classes().Denoise(X(), 5, Given()).X0, without.X0);
        Close.Equal(new ClassifierFree(new Classes(), 3, new NullCondition(3)).Denoise(X(), 5, Given()).X0, within.X0);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.4)]
    public void Rescaling_brings_the_spread_back_by_its_share(double phi)
    {
        using var scope = NewDisposeScope();
        static double Spread(Tensor x0) => x0.flatten(1).std(1)[0].item<double>();
        var conditional = Spread(new Classes().Denoise(X(), 5, Given()).X0);
        var guided = new ClassifierFree(new Classes(), 8, new NullCondition(3)).Denoise(X(), 5, Given()).X0;
        var rescaled = new ClassifierFree(inner, 8, new NullCondition(3)) { Rescale = phi }.Denoise(X(), 5, Given()).X0;
        Close.Equal(phi * conditional + (1 - phi) * Spread(guided), Spread(rescaled), 1e-9);
    }

    [Fact]
    public void A_weaker_model_that_is_told_the_same_takes_the_unconditional_ones_place()
    {
        using var scope = NewDisposeScope();
        var weak = new Classes(0.5);
        var guided = new ClassifierFree(inner, 3, new NullCondition(3)) { Weaker = weak }.Denoise(X(), 5, Given()).X0;
        var (c, u) = (new Classes().Denoise(X(), 5, Given()).X0, new Classes(0.5).Denoise(X(), 5, Given()).X0);
        Close.Equal(u + 3 * (c - u), guided);
        Assert.Equal([2], weak.Batches);
    }

    /// <summary>A model that looks at captions, told them encoded or not: away from the empty text, not from the caption itself.</summary>
    [Theory]
    [InlineData(false, false, false)]
    [InlineData(true, false, false)]
    [InlineData(true, true, false)]
    [InlineData(false, false, true)]
    [InlineData(true, false, true)]
    [InlineData(true, true, true)]
    public void Captions_are_guided_away_from_the_empty_text(bool encoded, bool noneEncoded, bool pooled)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var q = new CosineOptions { Steps = 10 }.Build();
        using var text = new TextEncoder(new TextEncoderOptions { Width = 8, Layers = 1, Heads = 2 }, vocabulary: 5, length: 3, Precision.Fp32, seed: 1);
        using var network = new Reader(pooled);
        var model = new Model(network, new EpsOptions().Build(q), q, text);
        var (caption, empty) = (new Condition(Caption: tensor(new[] { 3L, 1, 4 }, [1, 3])), new Condition(Caption: tensor(new[] { 3L, 4, 0 }, [1, 3])));
        var read = noneEncoded ? model.Read(empty) : Condition.None;
        var none = new NullCondition(Caption: empty.Caption, Tokens: read.Tokens, Embedding: read.Embedding);
        var x = X().narrow(0, 0, 1);
        var guided = new ClassifierFree(model, 3, none).Denoise(x, 5, encoded ? model.Read(caption) : caption).X0;
        var (c, u) = (model.Denoise(x, 5, caption).X0, model.Denoise(x, 5, empty).X0);
        Assert.True((c - u).abs().max().item<double>() > 1e-3);
        Close.Equal(u + 3 * (c - u), guided, 1e-6, 1e-6);
    }

    [Fact, LeaksNoTensors]
    public void Dropping_conditions_replaces_their_labels_by_the_null_label()
    {
        using var scope = NewDisposeScope();
        var given = new Condition(tensor(new[] { 4L, 5L, 6L, 7L }));
        var dropped = new NullCondition(10).Drop(given, [false, true, false, true]);
        Assert.Equal([4L, 10L, 6L, 10L], dropped.Label!.data<long>().ToArray());
        Assert.Equal([10L, 10L, 10L, 10L], new NullCondition(10).Of(given).Label!.data<long>().ToArray());
        Assert.Null(new NullCondition(10).Of(Condition.None).Label);
    }

    private static Tensor X() => tensor(new[] { 0.5, -0.2, 0.1, 0.9 }, [2, 1, 1, 2]);

    private static Condition Given() => new(tensor(new[] { 2L, 0L }));

    /// <summary>Remembers the batches it was asked for.</summary>
    private sealed class Classes(double strength = 0.3) : IDenoiser
    {
        public List<long> Batches { get; } = [];

        public Denoised Denoise(Tensor x, double t, Condition given)
        {
            Batches.Add(x.shape[0]);
            var label = given.Label!.to(x.dtype).reshape(-1, 1, 1, 1);
            return new((strength * label + x).tanh(), V: 0.1 * label * x);
        }
    }

    /// <summary>Says the mean of its sequence for every pixel.</summary>
    private sealed class Reader(bool pooled) : Network(nameof(Reader))
    {
        public override bool IsToldVector => pooled;

        public override string ConfigJson => "{}";

        public override bool IsDiffusers => false;

        public override Tensor forward(Tensor x, Tensor time, Condition given) =>
            (pooled ? given.Embedding!.narrow(1, 0, 3).mean([1]) : given.Tokens!.narrow(2, 0, 3).mean([1, 2])).view(-1, 1, 1, 1) + zeros_like(x);
    }
}
