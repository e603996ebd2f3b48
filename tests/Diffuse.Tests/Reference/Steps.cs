using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Processes;
using Diffuse.Samplers;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.References;

/// <summary>What the cases of single steps and of trajectories have in common.</summary>
internal static class Steps
{
    /// <summary>The model of an OpenAI case: its formula, its prediction, and its clamp.</summary>
    public static (IDenoiser D, Model Model) Model(ReferenceValue inputs, BetaSchedule q)
    {
        var model = Published.Model(inputs, q);
        return (inputs["clip_denoised"].Flag ? new Clamped(model) : model, model);
    }

    /// <summary>
    /// The process, model and grid of an OpenAI trajectory. A predicted mean is that of the shortened chain's own step, so there the chain itself
    /// is the process.
    /// </summary>
    public static (BetaSchedule Q, IDenoiser D, Model Model, TimeGrid Grid) Setting(ReferenceValue inputs)
    {
        if (inputs.Has("model_mean_type") && inputs["model_mean_type"].Text == "PREVIOUS_X")
        {
            var (chain, own) = Published.Shortened(inputs);
            return (chain, inputs["clip_denoised"].Flag ? new Clamped(own) : own, own, new TrailingOptions().Build(chain, chain.Steps!.Value));
        }

        var q = Published.Process(inputs);
        var (D, model) = Model(inputs, q);
        return (q, D, model, Published.Grid(inputs["timesteps"].Integers));
    }

    /// <summary>
    /// Runs the grid one step at a time and compares x after each with the published run; then the estimate of x0 that the last step made.
    /// </summary>
    public static void Follow(ReferenceCase c, ISampler sampler, IDenoiser denoiser, TimeGrid grid, ScalarType type, Condition? given = null) =>
        Follow(c, sampler, denoiser, [.. grid.OneByOne()], type, given);

    /// <inheritdoc cref="Follow(ReferenceCase, ISampler, IDenoiser, TimeGrid, ScalarType, Condition?)"/>
    public static void Follow(ReferenceCase c, ISampler sampler, IDenoiser denoiser, IReadOnlyList<TimeGrid> steps, ScalarType type, Condition? given = null)
    {
        using var scope = NewDisposeScope();
        var relative = type == ScalarType.Float64 ? Close.Double : Close.Trajectory;
        var floor = type == ScalarType.Float64 ? Close.Floor : Close.Trajectory;
        var noise = c.Inputs.Has("noises_in_order_of_use") ? new ListedNoise(c.Inputs["noises_in_order_of_use"].Tensor(type)) : new ListedNoise([]);
        var D = denoiser.Given(given ?? Condition.None);
        var expected = c.Expected["samples_after_each_step"].Tensor();
        var x = c.Inputs["x_T"].Tensor(type);
        Tensor? x0 = null;
        for (var i = 0; i < steps.Count; i++)
        {
            x0 = D(x, steps[i].Times[0]).X0;
            x = sampler.Sample(D, x, steps[i], noise);
            Close.Equal(expected[i], x, relative, floor, $"x after step {i + 1}");
        }

        Assert.Equal(expected.shape[0], steps.Count);
        if (c.Expected.Has("final_pred_xstart"))
        {
            Close.Equal(c.Expected["final_pred_xstart"], x0!, relative, floor, "the last x0");
        }
    }

    /// <summary>One image of a batch, as a batch.</summary>
    public static Tensor Image(this Tensor batch, int i) => batch.narrow(0, i, 1);
}
