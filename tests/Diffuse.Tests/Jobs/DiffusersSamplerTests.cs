using Diffuse.Configuration;
using Diffuse.Denoising;
using Diffuse.Jobs;
using Diffuse.Processes;
using Diffuse.Samplers;

namespace Diffuse.Tests.Jobs;

public sealed class DiffusersSamplerTests
{
    public static TheoryData<string, string, SamplerOptions, TimeGridOptions, bool> Schedulers => new()
    {
        { "DDIMScheduler", "", new DdimOptions { RecomputeNoise = false }, new LeadingOptions(), true },
        {
            "DDIMScheduler", "'steps_offset': 1, 'set_alpha_to_one': false",
            new DdimOptions { RecomputeNoise = false }, new LeadingOptions { Offset = 1, End = 1 }, true
        },
        { "DDPMScheduler", "'variance_type': 'fixed_large'", new DdpmOptions { Variance = Variance.Large }, new LeadingOptions(), true },
        { "DPMSolverMultistepScheduler", "'lambda_min_clipped': -Infinity", new DpmSolverOptions(), new LinspaceOptions { End = 1 }, false },
        {
            "DPMSolverMultistepScheduler",
            "'algorithm_type': 'sde-dpmsolver++', 'solver_type': 'heun', 'lower_order_final': false, 'timestep_spacing': 'trailing', " +
            "'final_sigmas_type': 'zero'",
            new DpmSolverOptions { Algorithm = "sde-dpmsolver++", Type = Quadrature.Heun, LowerOrderFinal = false }, new TrailingOptions(), false
        },
        {
            "UniPCMultistepScheduler", "'solver_order': 3, 'solver_type': 'bh1', 'predict_x0': false, 'disable_corrector': [0, 2]",
            new UniPCOptions { Order = 3, Type = Scaling.Bh1, PredictX0 = false, DisableCorrector = [0, 2] }, new LinspaceOptions { End = 1 }, false
        },
        { "PNDMScheduler", "'skip_prk_steps': true, 'steps_offset': 1", new PndmOptions(), new LeadingOptions { Offset = 1, End = 1 }, false },
        { "PNDMScheduler", "'prediction_type': 'v_prediction'", new PndmOptions { RungeKutta = true, MeanOfV = true }, new LeadingOptions(), false },
        { "PNDMScheduler", "", new PndmOptions { RungeKutta = true }, new LeadingOptions(), false },
        { "EulerDiscreteScheduler", "", new DdimOptions(), new LinspaceOptions { Round = false }, false },
        {
            "EulerAncestralDiscreteScheduler", "'timestep_spacing': 'leading', 'steps_offset': 1",
            new EulerAncestralOptions(), new LeadingOptions { Offset = 1 }, false
        },
        { "KDPM2DiscreteScheduler", "", new Kdpm2Options(), new LinspaceOptions { Round = false }, false },
        { "LMSDiscreteScheduler", "", new LmsOptions(), new LinspaceOptions { Round = false }, false },
    };

    [Theory, MemberData(nameof(Schedulers))]
    public void A_scheduler_of_diffusers_is_a_sampler_and_a_grid(string name, string keys, SamplerOptions sampler, TimeGridOptions grid, bool clamp)
    {
        var read = Read(name, keys).Sampling;
        Assert.Equal(ConfigWriter.Write(new SamplingOptions { Sampler = sampler, Grid = grid, Threshold = clamp ? new ClampOptions() : new NoThresholdOptions() }), ConfigWriter.Write(read));
        var q = new LinearOptions().Build();
        read.Sampler.Build(q);
        Assert.Equal(20, read.Grid.Build(q, 20).Steps);
    }

    [Fact]
    public void Karras_sigmas_go_down_to_the_first_step()
    {
        var read = Read("DPMSolverMultistepScheduler", "'use_karras_sigmas': true");
        var q = (NoiseSchedule)read.Process.Build();
        var times = read.Sampling.Grid.Build(q, 10).Times;
        Assert.Equal((1000.0, 1.0, 0.0), (times[0], times[^2], times[^1]));
        Assert.All(times, t => Assert.Equal(Math.Round(t), t));
    }

    [Fact]
    public void Kdpm2_has_betas_of_its_own()
    {
        var q = (NoiseSchedule)Read("KDPM2DiscreteScheduler", "").Process.Build();
        Assert.Equal(0.00085, q.Between(0, 1).Variance, 1e-12);
    }

    [Theory]
    [InlineData("CMStochasticIterativeScheduler", "", "_class_name: found CMStochasticIterativeScheduler; allowed: DDIMScheduler, DDPMScheduler,")]
    [InlineData("DPMSolverMultistepScheduler", "'timestep_spacing': 'leading'", "timestep_spacing: found leading; allowed: linspace, trailing")]
    [InlineData("DPMSolverMultistepScheduler", "'lambda_min_clipped': -5.1", "lambda_min_clipped: found -5.1; allowed: \"-Infinity\"")]
    [InlineData("DPMSolverMultistepScheduler", "'algorithm_type': 'deis'", "algorithm_type: found deis; allowed: dpmsolver++, dpmsolver, sde-dpm")]
    [InlineData("UniPCMultistepScheduler", "'solver_p': {}", "solver_p: found {}; allowed: null")]
    [InlineData("EulerDiscreteScheduler", "'use_beta_sigmas': true", "use_beta_sigmas: found true; allowed: false")]
    public void What_has_no_counterpart_is_refused_by_name(string name, string keys, string error) =>
        Assert.Contains(error, Assert.Throws<ConfigException>(() => Read(name, keys)).Message);

    private static RunConfig Read(string name, string keys)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, $"{{'_class_name': '{name}'{(keys.Length > 0 ? ", " : "")}{keys}}}".Replace('\'', '"'));
            return DiffusersScheduler.Read(file);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
