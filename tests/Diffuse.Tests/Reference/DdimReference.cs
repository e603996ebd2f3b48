using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Samplers;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.References;

public sealed class DdimReference
{
    [Theory, ReferenceCases("ddim_step")]
    public void Steps_trajectories_and_inversions_agree(string name)
    {
        var c = Reference.Case("ddim_step", name);
        using var scope = NewDisposeScope();
        if (c.Expected.Has("encoded_after_each_step"))
        {
            Inversion(c);
        }
        else if (c.Inputs.Has("scheduler"))
        {
            Diffusers(c, ScalarType.Float64);
            Diffusers(c, ScalarType.Float32);
        }
        else if (c.Expected.Has("samples_after_each_step"))
        {
            Trajectory(c, ScalarType.Float64);
            Trajectory(c, ScalarType.Float32);
        }
        else
        {
            Step(c);
        }
    }

    private static void Step(ReferenceCase c)
    {
        var q = Published.Process(c.Inputs);
        var denoiser = Steps.Model(c.Inputs, q).D;
        var sampler = new Ddim(q, c.Inputs["eta"].Number);
        var (x, noise) = (c.Inputs["x_t"].Tensor(), c.Inputs["noise"].Tensor());
        for (var i = 0; i < x.shape[0]; i++)
        {
            double s = c.Inputs["t"][i].Integer, t = s + 1;
            Close.Equal(c.Expected["pred_xstart"].Tensor().Image(i), denoiser.Denoise(x.Image(i), t, Condition.None).X0, what: "pred_xstart");
            var sample = sampler.Sample(denoiser.Given(Condition.None), x.Image(i), new TimeGrid([t, s]), new ListedNoise([noise.Image(i)]));
            Close.Equal(c.Expected["sample"].Tensor().Image(i), sample, what: "sample");
        }
    }

    private static void Trajectory(ReferenceCase c, ScalarType type)
    {
        var (q, D, _, grid) = Steps.Setting(c.Inputs);
        Steps.Follow(c, new Ddim(q, c.Inputs["eta"].Number), D, grid, type);
    }

    private static void Inversion(ReferenceCase c)
    {
        var (q, denoiser, _, grid) = Steps.Setting(c.Inputs);
        var D = denoiser.Given(Condition.None);
        var sampler = new Ddim(q);
        var x = c.Inputs["x0_uint8"].Scaled();
        foreach (var (direction, expected) in new[]
        {
            (grid.Up(), c.Expected["encoded_after_each_step"].Tensor()), (grid, c.Expected["decoded_after_each_step"].Tensor()),
        })
        {
            Assert.Equal(expected.shape[0], direction.Steps);
            foreach (var (step, i) in direction.OneByOne().Select((step, i) => (step, i)))
            {
                x = sampler.Sample(D, x, step, new NoNoise());
                Close.Equal(expected[i], x, what: $"x at time {step.Times[1]}");
            }
        }
    }

    private static void Diffusers(ReferenceCase c, ScalarType type)
    {
        var config = c.Inputs["config"];
        var q = Published.Process(config);
        var model = new Model(
            new FormulaNetwork(c.Inputs["model"].Text), Published.Parameterization(config.Has("prediction_type") ? config["prediction_type"].Text : "epsilon", q), q);
        var denoiser = Published.Threshold(config, model);
        var recompute = c.Inputs.Has("use_clipped_model_output") && c.Inputs["use_clipped_model_output"].Flag;
        var sampler = new Ddim(q, c.Inputs.Has("eta") ? c.Inputs["eta"].Number : 0, recompute);
        var stride = q.Steps!.Value / c.Inputs["num_inference_steps"].Integer;
        if (c.Inputs["scheduler"].Text == "DDIMInverseScheduler")
        {
            Inverse(c, sampler, denoiser, stride, type);
            return;
        }

        // This version of the scheduler always steps by T / n, also on a linspace grid, whose next timestep may be another.
        var end = config.Has("set_alpha_to_one") && !config["set_alpha_to_one"].Flag ? 1 : 0;
        var steps = c.Inputs["timesteps"].Integers.Select(t => new TimeGrid([t + 1.0, t >= stride ? t + 1.0 - stride : end])).ToList();
        Steps.Follow(c, sampler, denoiser, steps, type);
    }

    /// <summary>
    /// The published first step takes clean data and a predicted noise that is in none of it; a denoiser that estimates x0 has no say there. The
    /// walk is followed from the step after it.
    /// </summary>
    private static void Inverse(ReferenceCase c, ISampler sampler, IDenoiser denoiser, int stride, ScalarType type)
    {
        var expected = c.Expected["samples_after_each_step"].Tensor();
        var timesteps = c.Inputs["timesteps"].Integers;
        Assert.True(timesteps[0] < 0);
        var x = expected[0].to(type);
        for (var i = 1; i < timesteps.Length; i++)
        {
            x = sampler.Sample(denoiser.Given(Condition.None), x, new TimeGrid([timesteps[i] + 1, timesteps[i] + 1 + stride]), new NoNoise());
            Close.Equal(expected[i], x, type == ScalarType.Float64 ? Close.Double : Close.Trajectory, type == ScalarType.Float64 ? Close.Floor : Close.Trajectory);
        }
    }
}
