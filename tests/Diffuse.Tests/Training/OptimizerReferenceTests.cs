using Diffuse.Tests.Support;
using Diffuse.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Adam = Diffuse.Training.Adam;

namespace Diffuse.Tests.Training;

public class OptimizerReferenceTests
{
    [Theory, ReferenceCases("adamw")]
    public void Steps_and_rates_are_those_of_the_published_code(string name)
    {
        var reference = Reference.Case("adamw", name);
        if (reference.Inputs.Has("optimizer"))
        {
            Steps(reference);
        }
        else
        {
            Rates(reference);
        }
    }

    [Theory, ReferenceCases("ema")]
    public void Averages_are_those_of_the_published_code(string name)
    {
        using var scope = NewDisposeScope();
        var (inputs, expected) = (Reference.Case("ema", name).Inputs, Reference.Case("ema", name).Expected);
        var weights = Parameter(inputs["initial"].Tensor());
        using var flat = new FlatParameters(Holding(weights));
        using var ema = new Ema(flat);
        foreach (var (after, step) in inputs["parameters_after_each_step"].Items.Select((after, step) => (after, step)))
        {
            using (no_grad())
            {
                weights.copy_(after.Tensor());
            }

            var decay = Decay(inputs, step);
            Close.Equal(expected["decay_used"][step].Number, decay, what: $"decay of step {step}");
            ema.Update(decay);
            Close.Equal(expected["ema_after_each_step"][step], flat.Named(ema.Values).Single().Value, what: $"average after step {step}");
        }
    }

    /// <summary>A constant rate r is the half-life of a batch of one at ln 0.5 / ln r images.</summary>
    private static double Decay(ReferenceValue inputs, int step) => inputs["kind"].Text switch
    {
        "edm" => Ema.Decay(
            step * inputs["batch_size"].Long, inputs["batch_size"].Integer, inputs["ema_halflife_kimg"].Number * 1000, inputs["ema_rampup_ratio"].Number),
        "improved" => Ema.Decay(step, 1, Math.Log(0.5) / Math.Log(inputs["rate"].Number), 0),
        "score_sde" when !inputs["use_num_updates"].Flag => Ema.Decay(step, 1, Math.Log(0.5) / Math.Log(inputs["decay"].Number), 0),
        var other => throw new NotSupportedException(other),
    };

    private static void Steps(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        var (inputs, expected) = (reference.Inputs, reference.Expected);
        var (a, b) = (inputs["A"].Tensor(), inputs["b"].Tensor());
        var w = Parameter(inputs["w0"].Tensor());
        using var flat = new FlatParameters(Holding(w));
        using var adam = new Adam(
            flat, inputs["betas"][0].Number, inputs["betas"][1].Number, inputs["weight_decay"].Number, inputs["optimizer"].Text == "AdamW");
        for (var step = 0; step < inputs["steps"].Integer; step++)
        {
            var loss = 0.5 * (a.mv(w) - b).square().sum() + w.sin().sum();
            Close.Equal(expected["loss_before_each_step"][step].Number, loss.item<double>(), what: $"loss before step {step}");
            loss.backward();
            Tensor? scale = null;
            if (inputs.Has("grad_clip_norm"))
            {
                var norm = flat.Norm();
                scale = FlatParameters.Clipping(norm, inputs["grad_clip_norm"].Number);
                Close.Equal(expected["grad_norm_before_clipping"][step].Number, norm.item<double>(), what: $"norm in step {step}");
            }

            adam.Step(inputs.Has("lr_per_step") ? inputs["lr_per_step"][step].Number : inputs["lr"].Number, step + 1, scale);
            Close.Equal(expected["w_after_each_step"][step], w, what: $"weights after step {step}");
        }

        Close.Equal(expected["exp_avg"], flat.Named(adam.Mean).Single().Value, what: "exp_avg");
        Close.Equal(expected["exp_avg_sq"], flat.Named(adam.MeanSquare).Single().Value, what: "exp_avg_sq");
    }

    private static void Rates(ReferenceCase reference)
    {
        var steps = reference.Inputs["steps"].Longs;
        var (rate, expected) = reference.Name switch
        {
            "cosine_warmup" => (Multiplier(reference, RateSchedule.Cosine), "lr_multiplier"),
            "linear_warmup" => (Multiplier(reference, RateSchedule.Linear), "lr_multiplier"),
            "constant_warmup" => (Multiplier(reference, RateSchedule.Constant), "lr_multiplier"),
            "ddpm_warmup" => (new LearningRate(2e-4, RateSchedule.Constant, 5000, 1_000_000), "lr"),
            "improved_anneal" => (new LearningRate(1e-4, RateSchedule.Linear, 0, 500_000), "lr"),
            var other => throw new NotSupportedException(other),
        };
        Close.Equal(reference.Expected[expected].Numbers, steps.Select(rate.At).ToList(), what: reference.Name);
    }

    private static LearningRate Multiplier(ReferenceCase reference, RateSchedule schedule) => new(
        reference.Inputs["base_lr"].Number,
        schedule,
        reference.Inputs["num_warmup_steps"].Long,
        reference.Inputs.Has("num_training_steps") ? reference.Inputs["num_training_steps"].Long : long.MaxValue);

    private static Parameter Parameter(Tensor values) => nn.Parameter(values);

    private static ParameterList Holding(Parameter parameter) => nn.ParameterList(parameter);
}
