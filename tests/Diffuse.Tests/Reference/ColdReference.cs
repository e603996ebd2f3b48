using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Parameterizations;
using Diffuse.Processes;
using Diffuse.Samplers;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.References;

public sealed class ColdReference
{
    [Theory, ReferenceCases("cold")]
    public void Degradations_and_restorations_agree(string name)
    {
        using var scope = NewDisposeScope();
        var c = Reference.Case("cold", name);
        if (c.Expected.Has("kernel"))
        {
            Close.Equal(c.Expected["kernel"], Square(Blur.Kernel(c.Inputs["kernel_size"].Integer, c.Inputs["std"].Number)));
        }
        else if (c.Expected.Has("kernel_std"))
        {
            BlurSchedule(c);
        }
        else if (c.Inputs.Has("decolor_ema_factor"))
        {
            Decoloring(c);
        }
        else if (c.Inputs.Has("noise"))
        {
            Noise(c);
        }
        else
        {
            var process = c.Inputs.Has("kernel_size") ? Blurring(c) : c.Inputs.Has("kernel_std") ? Masking(c) : Pixelation(c);
            Restored(c, process, ScalarType.Float64);
            Restored(c, process, ScalarType.Float32);
        }
    }

    private static void BlurSchedule(ReferenceCase c)
    {
        var options = new BlurOptions
        {
            Steps = c.Inputs["T"].Integer,
            Routine = c.Inputs["routine"].Text switch
            {
                "Linear_Accum_Std" => BlurRoutine.LinearAccumStd,
                "Linear_Dec_Std" => BlurRoutine.LinearDecStd,
                var other => throw new NotSupportedException($"routine {other}"),
            },
            Std = c.Inputs["start_kernel_std"].Number,
            TargetStd = c.Inputs["target_kernel_std"].Number,
        };
        Assert.IsType<Blur>(options.Build());
        Close.Equal(c.Expected["kernel_std"].Numbers, options.Stds(), 1e-6); // published in float32
        Assert.Equal(c.Expected["kernel_size"].Integers, options.Stds().Select(options.KernelSize));
    }

    private static ForwardProcess Blurring(ReferenceCase c)
    {
        var options = new BlurOptions
        {
            Steps = c.Inputs["T"].Integer,
            Routine = c.Inputs["routine"].Text.Replace("_reflect", "") switch
            {
                "Constant" => BlurRoutine.Constant,
                "Incremental" => BlurRoutine.Incremental,
                "Exponential" => BlurRoutine.Exponential,
                "Special_6_routine" => BlurRoutine.Special6,
                var other => throw new NotSupportedException($"routine {other}"),
            },
            Std = c.Inputs["kernel_std"].Number,
            Kernel = c.Inputs["kernel_size"].Integer,
            Padding = c.Inputs["padding"].Text == "reflect" ? BlurPadding.Reflect : BlurPadding.Circular,
            Discrete = c.Inputs["discrete"].Flag,
        };
        foreach (var step in c.Expected["kernels_at"].Names)
        {
            var std = options.Stds()[int.Parse(step)];
            Close.Equal(c.Expected["kernels_at"][step], Square(Blur.Kernel(options.KernelSize(std), std)), what: $"kernel {step}");
        }

        return options.Build();
    }

    private static ForwardProcess Masking(ReferenceCase c)
    {
        var options = new MaskOptions
        {
            Steps = c.Inputs["T"].Integer,
            Routine = c.Inputs["routine"].Text == "Constant" ? MaskRoutine.Constant : MaskRoutine.Incremental,
            Std = c.Inputs["kernel_std"].Number,
            Initial = c.Inputs["initial_mask"].Integer,
        };
        var q = options.Build();
        var (step, together) = (c.Expected["masks_step"].Tensor(), c.Expected["masks_cumulative"].Tensor());
        var whole = ones([1, 1, .. step.shape[1..]], ScalarType.Float64);
        foreach (var (at, i) in c.Inputs["mask_indices"].Integers.Index())
        {
            var alone = new MaskOptions { Steps = 1, Routine = MaskRoutine.Constant, Std = options.Stds().ElementAt(i) }.Build();
            Close.Equal(step[at], alone.Move(whole, whole, 0, 1)[0, 0], what: $"mask of step {i}");
            Close.Equal(together[at], q.Move(whole, whole, 0, i + 1)[0, 0], what: $"masks up to step {i}");
        }

        return q;
    }

    private static ForwardProcess Pixelation(ReferenceCase c)
    {
        var routine = c.Inputs["routine"].Text;
        return new PixelateOptions
        {
            Steps = c.Inputs["T"].Integer,
            Routine = routine.EndsWith("factor_2", StringComparison.Ordinal) ? PixelateRoutine.Halving : PixelateRoutine.Incremental,
            Filter = routine.Contains("area") ? PixelateFilter.Area : routine.Contains("bilinear") ? PixelateFilter.Bilinear : PixelateFilter.Bicubic,
        }.Build();
    }

    private static void Restored(ReferenceCase c, ForwardProcess q, ScalarType type)
    {
        var exact = type == ScalarType.Float64;
        var (relative, floor) = exact ? (Close.Double, Close.Floor) : (Close.Trajectory, Close.Trajectory);
        var x0 = c.Inputs["x0_uint8"].Scaled(type);
        var xT = q.Move(x0, x0, 0, q.Horizon);
        var D = Restorer(c, q);
        if (exact)
        {
            var times = new Times([.. c.Inputs["q_sample_t"].Integers.Select(t => t + 1.0)]);
            Close.Equal(c.Expected["q_sample"], q.Corrupt(x0, times, zeros_like(x0)), what: "q_sample");
            Close.Equal(c.Expected["degraded_T"], xT, what: "degraded_T");
        }

        if (exact && c.Expected.Has("direct_reconstruction"))
        {
            Close.Equal(c.Expected["direct_reconstruction"], D(xT, q.Horizon).X0, what: "direct_reconstruction");
        }

        var sampler = new ColdOptions { Improved = c.Inputs["sampling_routine"].Text == "x0_step_down" }.Build(q);
        var sampled = sampler.Sample(D, xT, new TrailingOptions().Build(q, q.Steps!.Value), new NoNoise());
        Close.Equal((exact ? c.Expected : c.Float32)["sampled"], sampled, relative, floor, $"sampled in {type}");
    }

    /// <summary>Noise as a degradation: nothing but the sampler's one rule on a Gaussian process.</summary>
    private static void Noise(ReferenceCase c)
    {
        var q = (NoiseSchedule)new CosineOptions { Steps = c.Inputs["T"].Integer }.Build();
        Close.Equal(c.Expected["alphas_cumprod"].Numbers, Enumerable.Range(1, q.Steps!.Value).Select(t => Math.Pow(q.Alpha(t), 2)).ToArray());
        var x0 = c.Inputs["x0_uint8"].Scaled();
        var xT = q.Corrupt(x0, Times.All(q.Horizon, x0.shape[0]), c.Inputs["noise"].Tensor());
        Close.Equal(c.Expected["x_T"], xT, what: "x_T");
        var grid = new TrailingOptions().Build(q, q.Steps!.Value);
        foreach (var (what, options) in new[]
        {
            ("sampled", new ColdOptions()), ("gen_sample_ddim", new ColdOptions()), ("gen_sample_fixed_noise", new ColdOptions { FixedNoise = true }),
        })
        {
            Close.Equal(c.Expected[what], options.Build(q).Sample(Restorer(c, q), xT, grid, new NoNoise()), what: what);
        }
    }

    private static void Decoloring(ReferenceCase c)
    {
        var q = new DecolorOptions
        {
            Steps = c.Inputs["T"].Integer,
            Routine = c.Inputs["routine"].Text == "Constant" ? DecolorRoutine.Constant : DecolorRoutine.Linear,
            Keep = c.Inputs["decolor_ema_factor"].Number,
            Total = c.Inputs["decolor_total_remove"].Flag,
        }.Build();
        var (x0, kernels) = (c.Inputs["x0_uint8"].Scaled(), c.Expected["kernels"].Tensor());
        var x = x0;
        for (var t = 1; t <= q.Steps; t++)
        {
            x = nn.functional.conv2d(x, kernels[t - 1].reshape(3, 3, 1, 1));
            Close.Equal(x, q.Move(x0, x0, 0, t), what: $"after step {t}");
        }

        Close.Equal(c.Expected["after_step_1"], q.Move(x0, x0, 0, 1), what: "after_step_1");
        Close.Equal(c.Expected["after_last_step"], q.Move(x0, x0, 0, q.Horizon), what: "after_last_step");
    }

    private static Denoiser Restorer(ReferenceCase c, ForwardProcess q) =>
        new Model(new FormulaNetwork(c.Inputs["restorer"].Text.Split(", t ")[0]), new CleanOptions().Build(q), q).Given(Condition.None);

    private static Tensor Square(double[] kernel)
    {
        var k = tensor(kernel);
        return k.unsqueeze(1) * k;
    }
}
