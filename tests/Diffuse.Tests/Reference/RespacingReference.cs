using Diffuse.Configuration;
using Diffuse.Processes;
using Diffuse.Samplers;
using Diffuse.Tests.Support;

namespace Diffuse.Tests.References;

public sealed class RespacingReference
{
    [Theory, ReferenceCases("respacing")]
    public void The_same_steps_are_visited_with_the_same_betas(string name)
    {
        var c = Reference.Case("respacing", name);
        switch (c.Inputs["kind"].Text)
        {
            case "space_timesteps":
                OpenAi(c);
                break;
            case "diffusers":
                Diffusers(c);
                break;
            case "ldm":
                LatentDiffusion(c);
                break;
            default:
                Assert.Fail($"kind {c.Inputs["kind"].Text}");
                break;
        }
    }

    private static void OpenAi(ReferenceCase c)
    {
        var spec = c.Inputs["spec"].Text;
        var (options, steps) = Published.Respaced(spec);
        if (c.Expected.Has("error"))
        {
            // The grid alone is at fault here; a process of that many steps is given its betas, since ten scaled ones would pass 1.
            var process = new BetaSchedule([.. Enumerable.Repeat(0.01, c.Inputs["T"].Integer)]);
            if (c.Expected["error"].Text == "ok")
            {
                Assert.Equal(steps, options.Build(process, steps).Steps);
            }
            else
            {
                Assert.Throws<ConfigException>(() => options.Build(process, steps));
            }

            return;
        }

        var q = Published.Process(c.Inputs);
        var grid = options.Build(q, steps);
        var times = grid.Times.Reverse().ToList();
        Assert.Equal(c.Expected["timesteps"].Numbers, times.Skip(1).Select(t => t - 1));

        var at = c.Inputs["indices"].Integers;
        Close.Equal(c.Expected["betas"].Numbers, [.. at.Select(i => q.Between(times[i], times[i + 1]).Variance)], what: "betas");
        Close.Equal(c.Expected["alphas_cumprod"].Numbers, [.. at.Select(i => Math.Pow(q.Alpha(times[i + 1]), 2))], what: "alphas_cumprod");
        Close.Equal(c.Expected["posterior_variance"].Numbers, [.. at.Select(i => q.Posterior(times[i], times[i + 1]).Variance)], what: "posterior_variance");
        Close.Equal(c.Expected["betas_sum"].Number, Enumerable.Range(0, grid.Steps).Sum(i => q.Between(times[i], times[i + 1]).Variance), what: "sum of betas");
    }

    private static void Diffusers(ReferenceCase c)
    {
        var q = new CosineOptions { Steps = c.Inputs["num_train_timesteps"].Integer }.Build();
        var steps = c.Inputs["num_inference_steps"].Integer;
        TimeGridOptions options = c.Inputs["timestep_spacing"].Text switch
        {
            "leading" => new LeadingOptions { Offset = c.Inputs["steps_offset"].Integer },
            "linspace" => new LinspaceOptions(),
            "trailing" => new TrailingOptions(),
            var other => throw new NotSupportedException(other),
        };
        var grid = options.Build(q, steps);
        var expected = c.Expected["timesteps"].Numbers;
        if (c.Inputs["scheduler"].Text == "DDIMInverseScheduler")
        {
            // The inverse scheduler starts from clean data at a step below 0, where a denoiser sees no noise; our way up starts at the first step.
            Assert.Equal(expected.Skip(1), grid.Up().Times.SkipLast(1).Select(t => t - 1));
            return;
        }

        Assert.Equal(expected, grid.Times.SkipLast(1).Select(t => t - 1));
    }

    private static void LatentDiffusion(ReferenceCase c)
    {
        var q = Published.Process(c.Inputs);
        var (T, n) = (q.Steps!.Value, c.Inputs["n"].Integer);
        var stride = T / n;
        var (options, count) = c.Inputs["method"].Text switch
        {
            "uniform" when T % n == 0 => ((TimeGridOptions)new LeadingOptions { Offset = 1, End = 1 }, n),

            // Where n does not divide T the published grid walks on to the end of the clock, with a few steps more than n.
            "uniform" => (new DdimStridedOptions { Offset = 1, End = 1 }, (T + stride - 1) / stride),
            "quad" => (new QuadraticOptions { End = 1 }, n),
            var other => throw new NotSupportedException(other),
        };
        var times = options.Build(q, count).Times.Reverse().ToList();
        Assert.Equal(c.Expected["timesteps"].Numbers, times.Skip(1).Select(t => t - 1));

        var steps = times.Zip(times.Skip(1), (s, t) => (s, t)).ToList();
        var eta = c.Inputs["eta"].Number;
        Close.Equal(c.Expected["alphas"].Numbers, [.. steps.Select(step => Math.Pow(q.Alpha(step.t), 2))], what: "alphas");
        Close.Equal(c.Expected["alphas_prev"].Numbers, [.. steps.Select(step => Math.Pow(q.Alpha(step.s), 2))], what: "alphas_prev");
        Close.Equal(c.Expected["sigmas"].Numbers, [.. steps.Select(step => eta * Math.Sqrt(q.Posterior(step.s, step.t).Variance))], what: "sigmas");
    }
}
