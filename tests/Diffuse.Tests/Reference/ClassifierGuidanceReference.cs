using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Guidance;
using Diffuse.Processes;
using Diffuse.Samplers;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.References;

/// <summary>Classifier guidance against guided-diffusion's: single steps at several times, and whole runs.</summary>
public sealed class ClassifierGuidanceReference
{
    [Theory, ReferenceCases("guidance", "condition_mean*")]
    public void The_mean_is_shifted_as_published(string name)
    {
        using var scope = NewDisposeScope();
        var c = Reference.Case("guidance", name);
        EachImage(c, GuidanceForm.Mean, (D, q, grid, i, x, z, variance) =>
        {
            Close.Equal(c.Expected["gradient"].Tensor().Image(i), D(x, grid.Times[0]).Gradient!, what: "gradient");
            var chain = Chain(c);
            var sample = new Ddpm(q, variance, chain).Sample(D, x, grid, z);
            Close.Equal(c.Expected["sample"].Tensor().Image(i), sample, what: "sample");
            Close.Equal(c.Expected["pred_xstart"].Tensor().Image(i), D(x, grid.Times[0]).X0, what: "x0");
        });
    }

    [Theory, ReferenceCases("guidance", "condition_score*")]
    public void The_score_is_shifted_as_published(string name)
    {
        using var scope = NewDisposeScope();
        var c = Reference.Case("guidance", name);
        EachImage(c, GuidanceForm.Score, (D, q, grid, i, x, z, _) =>
        {
            Close.Equal(c.Expected["guided_pred_xstart"].Tensor().Image(i), D(x, grid.Times[0]).X0, what: "x0");
            var sample = new Ddim(q, c.Inputs["eta"].Number).Sample(D, x, grid, z);
            Close.Equal(c.Expected["sample"].Tensor().Image(i), sample, what: "sample");
        });
    }

    [Theory, ReferenceCases("guidance", "guided_trajectory*")]
    public void Whole_runs_agree(string name)
    {
        var c = Reference.Case("guidance", name);
        using var scope = NewDisposeScope();
        var mean = c.Inputs["sampler"].Text == "p_sample_loop";
        var (q, inner, _, grid) = Steps.Setting(c.Inputs);
        var D = new ClassifierGuidance(inner, q, Guide(c, q), 1, mean ? GuidanceForm.Mean : GuidanceForm.Score);
        ISampler sampler = mean ? new Ddpm(q, Published.ReverseVariance(c.Inputs["model_var_type"].Text), grid) : new Ddim(q, c.Inputs["eta"].Number);
        Steps.Follow(c, sampler, D, grid, ScalarType.Float64, new Condition(Label: c.Inputs["y"].Tensor(ScalarType.Int64)));
    }

    private static void EachImage(
        ReferenceCase c, GuidanceForm form, Action<Denoiser, NoiseSchedule, TimeGrid, int, Tensor, ListedNoise, Variance?> check)
    {
        var q = Published.Process(c.Inputs);
        var (inner, _) = Steps.Model(c.Inputs, q);
        var guided = new ClassifierGuidance(inner, q, Guide(c, q), 1, form);
        var (x, noise, labels) = (c.Inputs["x_t"].Tensor(), c.Inputs["noise"].Tensor(), c.Inputs["y"].Integers);
        var chain = Chain(c).Times.Reverse().ToList();
        foreach (var (i, position) in c.Inputs["t_position"].Integers.Index())
        {
            var D = guided.Given(new Condition(Label: tensor(new[] { (long)labels[i] })));
            check(D, q, new TimeGrid([chain[position + 1], chain[position]]), i, x.Image(i), new ListedNoise([noise.Image(i)]), Published.ReverseVariance(c.Inputs["model_var_type"].Text));
        }
    }

    private static TimeGrid Chain(ReferenceCase c)
    {
        var q = Published.Process(c.Inputs);
        var (options, steps) = c.Inputs.Has("respacing") ? Published.Respaced(c.Inputs["respacing"].Text) : (new TrailingOptions(), q.Steps!.Value);
        return options.Build(q, steps);
    }

    /// <summary>The listed gradient as that of a function, times its scale.</summary>
    private static FormulaGuide Guide(ReferenceCase c, NoiseSchedule q)
    {
        var scale = c.Inputs["scale"].Number;
        if (c.Inputs.Has("W"))
        {
            var (w, b) = (c.Inputs["W"].Tensor(), c.Inputs["b"].Tensor());
            Assert.StartsWith("logits = flatten(x) @ W^T + b + 0.01*sin(t/100);", c.Inputs["classifier"].Text);
            return new FormulaGuide((x, t, y) => scale * (x.flatten(1).matmul(w.t()) + b + 0.01 * Math.Sin(q.Label(t) / 100)).log_softmax(1)
                .gather(1, y!.unsqueeze(1)).squeeze(1));
        }

        Assert.Equal("grad(x,t,y) = scale*(0.3*y - 0.2 - 0.4*x + 0.05*cos(t/200))", c.Inputs["classifier_gradient"].Text);
        return new FormulaGuide((x, t, y) =>
            scale * (x * (0.3 * y!.view(-1, 1, 1, 1).to(x.dtype) - 0.2 + 0.05 * Math.Cos(q.Label(t) / 200)) - 0.2 * x.square()).flatten(1).sum(1));
    }
}
