using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Processes;
using Diffuse.Samplers;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.References;

public sealed class DdpmReference
{
    [Theory, ReferenceCases("ddpm_step")]
    public void Forward_posterior_and_reverse_steps_agree(string name)
    {
        var c = Reference.Case("ddpm_step", name);
        using var scope = NewDisposeScope();
        if (c.Inputs.Has("scheduler"))
        {
            Diffusers(c, ScalarType.Float64);
            Diffusers(c, ScalarType.Float32);
        }
        else if (c.Expected.Has("samples_after_each_step"))
        {
            Trajectory(c, ScalarType.Float64);
            Trajectory(c, ScalarType.Float32);
        }
        else if (c.Expected.Has("posterior_mean"))
        {
            Forward(c);
        }
        else
        {
            Step(c);
        }
    }

    private static void Forward(ReferenceCase c)
    {
        var q = Published.Process(c.Inputs);
        var t = new Times([.. c.Inputs["t"].Integers.Select(step => step + 1.0)]);
        var s = new Times([.. c.Inputs["t"].Integers.Select(step => (double)step)]);
        var x0 = c.Inputs["x0_uint8"].Scaled();
        var x = q.Corrupt(x0, t, c.Inputs["noise"].Tensor());
        Close.Equal(c.Expected["x_t"], x, what: "x_t");
        Close.Equal(c.Expected["q_mean"], t.Coefficients(q.Alpha, x0) * x0, what: "q_mean");
        Close.Equal(c.Expected["q_variance"].Numbers, [.. t.Values.Select(time => Math.Pow(q.Sigma(time), 2))], what: "q_variance");
        Close.Equal(c.Expected["q_log_variance"].Numbers, [.. t.Values.Select(time => 2 * Math.Log(q.Sigma(time)))], what: "q_log_variance");

        var mean = s.Coefficients(t, (to, from) => q.Posterior(to, from).OfX0, x) * x0 + s.Coefficients(t, (to, from) => q.Posterior(to, from).OfXt, x) * x;
        var variance = new ReverseVariance(q, Variance.Small);
        Close.Equal(c.Expected["posterior_mean"], mean, what: "posterior_mean");
        Close.Equal(c.Expected["posterior_variance"].Numbers, [.. s.Values.Zip(t.Values, (to, from) => q.Posterior(to, from).Variance)], what: "posterior_variance");
        Close.Equal(
            c.Expected["posterior_log_variance_clipped"].Numbers, [.. s.Values.Zip(t.Values, variance.LogPosterior)], what: "posterior_log_variance_clipped");
    }

    private static void Step(ReferenceCase c)
    {
        var q = Published.Process(c.Inputs);
        var (denoiser, model) = Steps.Model(c.Inputs, q);
        var kind = Published.ReverseVariance(c.Inputs["model_var_type"].Text);
        var reverse = new ReverseVariance(q, kind);
        var sampler = new Ddpm(q, kind);
        var (x, noise) = (c.Inputs["x_t"].Tensor(), c.Inputs["noise"].Tensor());
        for (var i = 0; i < x.shape[0]; i++)
        {
            double s = c.Inputs["t"][i].Integer, t = s + 1;
            var d = denoiser.Denoise(x.Image(i), t, Condition.None);
            Close.Equal(c.Expected["pred_xstart"].Tensor().Image(i), d.X0, what: "pred_xstart");

            // The published code takes a predicted mean as it is, whatever the clamp makes of the x0 that belongs to it.
            var mean = (c.Inputs["model_mean_type"].Text == "PREVIOUS_X" ? model : denoiser).Given(Condition.None);
            var step = new TimeGrid([t, s]);
            Close.Equal(c.Expected["mean"].Tensor().Image(i), sampler.Sample(mean, x.Image(i), step, new NoNoise()), what: "mean");
            Close.Equal(c.Expected["sample"].Tensor().Image(i), sampler.Sample(mean, x.Image(i), step, new ListedNoise([noise.Image(i)])), what: "sample");

            var logVariance = reverse.Log(Times.All(s, 1), Times.All(t, 1), d.V, x.Image(i));
            var variance = kind == Variance.Small ? tensor(q.Posterior(s, t).Variance, ScalarType.Float64) : logVariance.exp();
            Close.Equal(One(c.Expected["log_variance"], i), logVariance.reshape(One(c.Expected["log_variance"], i).shape), what: "log_variance");
            Close.Equal(One(c.Expected["variance"], i), variance.reshape(One(c.Expected["variance"], i).shape), what: "variance");
        }
    }

    private static Tensor One(ReferenceValue perImage, int i) => perImage.Tensor().Image(i);

    private static void Trajectory(ReferenceCase c, ScalarType type)
    {
        var kind = Published.ReverseVariance(c.Inputs["model_var_type"].Text);
        var (q, D, model, grid) = Steps.Setting(c.Inputs);

        // The published code takes a predicted mean as it is, whatever the clamp makes of the x0 that belongs to it.
        var taken = c.Inputs.Has("model_mean_type") && c.Inputs["model_mean_type"].Text == "PREVIOUS_X" ? model : D;
        Steps.Follow(c, new Ddpm(q, kind), taken, grid, type);
    }

    private static void Diffusers(ReferenceCase c, ScalarType type)
    {
        var config = c.Inputs["config"];
        var q = Published.Process(config);
        var model = new Model(
            new FormulaNetwork(c.Inputs["model"].Text), Published.Parameterization(config.Has("prediction_type") ? config["prediction_type"].Text : "epsilon", q), q);
        var sampler = new Ddpm(q, Published.ReverseVariance(config.Has("variance_type") ? config["variance_type"].Text : "fixed_small"));

        // Steps by T / n on every grid, as the DDIM scheduler of this version does.
        var stride = q.Steps!.Value / c.Inputs["num_inference_steps"].Integer;
        var steps = c.Inputs["timesteps"].Integers.Select(t => new TimeGrid([t + 1.0, Math.Max(t + 1.0 - stride, 0)])).ToList();
        Steps.Follow(c, sampler, Published.Threshold(config, model), steps, type);
    }
}
