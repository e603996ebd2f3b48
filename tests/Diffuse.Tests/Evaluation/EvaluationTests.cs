using Diffuse.Conditions;
using Diffuse.Data;
using Diffuse.Evaluation;
using Diffuse.Numerics;
using Diffuse.Objectives;
using Diffuse.Parameterizations;
using Diffuse.Processes;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Evaluation;

public sealed class EvaluationTests
{
    private static readonly NoiseSchedule Q = (NoiseSchedule)new CosineOptions { Steps = 40 }.Build();

    public static TheoryData<string> Kinds => [.. Every.Kind<EvaluatorOptions>().Where(kind => kind is not ("accuracy" or "retrieval" or "reconstruction" or "samples" or "copies"))];

    [Theory, MemberData(nameof(Kinds))]
    public void Numbers_do_not_depend_on_the_batch_size(string kind)
    {
        using var scope = NewDisposeScope();
        var evaluator = Every.Default<EvaluatorOptions>(kind).Build(Parts());
        var (one, other) = (evaluator.Evaluate(Context(Batches(3, 11)), default), evaluator.Evaluate(Context(Batches(5, 11)), default));
        Assert.Equal(one.Select(metric => metric.Name), other.Select(metric => metric.Name));

        // An adaptive solver chooses its steps for a whole batch.
        Close.Equal([.. one.Select(metric => metric.Value)], [.. other.Select(metric => metric.Value)], kind == "ode-likelihood" ? 1e-4 : 1e-6);
        Assert.All(one, metric => Assert.Equal(11, metric.N));
        Assert.All(one.Where(metric => metric.Name != "L_T" && !metric.Name.StartsWith("standard error")), metric => Assert.True(metric.Low < metric.Value && metric.Value < metric.High));
    }

    [Theory, MemberData(nameof(Kinds)), LeaksNoTensors]
    public void An_evaluation_leaves_no_tensors(string kind)
    {
        using var scope = NewDisposeScope();
        var context = Context([.. Batches(4, 8)]);
        var before = Tensor.TotalCount;
        Every.Default<EvaluatorOptions>(kind).Build(Parts()).Evaluate(context, default);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void It_stops_when_asked(string kind)
    {
        using var scope = NewDisposeScope();
        Assert.Throws<OperationCanceledException>(
            () => Every.Default<EvaluatorOptions>(kind).Build(Parts()).Evaluate(Context(Batches(4, 8)), new CancellationToken(canceled: true)));
    }

    [Fact]
    public void The_validation_loss_of_a_network_that_says_nothing_is_the_noise_itself()
    {
        using var scope = NewDisposeScope();
        var metrics = new ValidationLossOptions { Bins = 4 }
            .Build(new ObjectiveParts(new FormulaNetwork("eps(x,t) = 0*x"), new EpsOptions().Build(Q), Q, Conditioning.None))
            .Evaluate(Context(Batches(50, 200)), default);
        Assert.Equal(5, metrics.Count);
        Assert.Equal(["loss", "loss at t 1 to 10", "loss at t 11 to 20", "loss at t 21 to 30", "loss at t 31 to 40"], metrics.Select(metric => metric.Name));
        Assert.All(metrics, metric => Assert.InRange(1, metric.Low!.Value - 0.02, metric.High!.Value + 0.02));
    }

    [Fact]
    public void Only_the_first_images_are_used_where_a_number_is_given()
    {
        using var scope = NewDisposeScope();
        var few = new ValidationLossOptions { Images = 7 }.Build(Parts()).Evaluate(Context(Batches(5, 20)), default);
        var seven = new ValidationLossOptions().Build(Parts()).Evaluate(Context(Batches(7, 7)), default);
        Assert.Equal(7, few[0].N);
        Close.Equal(seven[0].Value, few[0].Value, 1e-6);
    }

    [Fact]
    public void The_bound_estimated_from_a_few_steps_is_the_full_sum_on_average()
    {
        using var scope = NewDisposeScope();
        var batch = Batches(20, 20).ToList();
        var full = Enumerable.Range(0, 20).Select(seed => Middle(draws: 0, seed)).Average();
        var estimates = Estimate.Of([.. Enumerable.Range(0, 60).Select(seed => Middle(draws: 3, seed))]);
        Assert.InRange(full, estimates.Mean - 1.5 * estimates.HalfWidth, estimates.Mean + 1.5 * estimates.HalfWidth);
        Assert.InRange(estimates.HalfWidth / full, 0, 0.05);

        double Middle(int draws, int seed) => new BitsPerDimOptions { Draws = draws }.Build(Parts())
            .Evaluate(new EvaluationContext(batch, seed), default).Single(metric => metric.Name == "L_t").Value;
    }

    [Fact]
    public void The_parts_of_the_bound_add_up()
    {
        using var scope = NewDisposeScope();
        var metrics = new BitsPerDimOptions().Build(Parts()).Evaluate(Context(Batches(5, 10)), default).ToDictionary(metric => metric.Name);
        Close.Equal(metrics["variational bound"].Value, metrics["L_T"].Value + metrics["L_t"].Value + metrics["L_0"].Value);
        Assert.InRange(metrics["L_T"].Value, 0, 0.01);
    }

    private static EvaluationContext Context(IEnumerable<Batch> batches) => new(batches, 1);

    private static ObjectiveParts Parts() => new(new FormulaNetwork("v(x,t) = 0.3*x + 0.1*sin(t/10)"), new VelocityOptions().Build(Q), Q, Conditioning.None);

    private static IEnumerable<Batch> Batches(int size, int count)
    {
        for (var start = 0; start < count; start += size)
        {
            var indices = Enumerable.Range(start, Math.Min(size, count - start)).ToList();
            var levels = indices.SelectMany(index => Enumerable.Range(0, 16).Select(pixel => (index * 37 + pixel * 11) % 256 / 127.5 - 1)).ToArray();
            yield return new(tensor(levels, [indices.Count, 1, 4, 4], ScalarType.Float32), Condition.None, indices);
        }
    }
}
