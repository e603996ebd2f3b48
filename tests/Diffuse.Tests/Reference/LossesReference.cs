using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Evaluation;
using Diffuse.Numerics;
using Diffuse.Objectives;
using Diffuse.Processes;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.References;

public sealed class LossesReference
{
    [Theory, ReferenceCases("losses")]
    public void Losses_likelihoods_and_bounds_agree(string name)
    {
        var c = Reference.Case("losses", name);
        using var scope = NewDisposeScope();
        if (c.Inputs.Has("loss_type"))
        {
            Training(c);
        }
        else if (c.Expected.Has("total_bpd"))
        {
            Bound(c);
        }
        else if (c.Expected.Has("kl_nats"))
        {
            Close.Equal(c.Expected["kl_nats"], Gaussian.Kl(
                c.Inputs["mean1"].Tensor(), c.Inputs["logvar1"].Tensor(), c.Inputs["mean2"].Tensor(), c.Inputs["logvar2"].Tensor()));
        }
        else if (c.Expected.Has("log_prob_nats"))
        {
            Close.Equal(c.Expected["log_prob_nats"], Gaussian.DiscretizedLogLikelihood(
                c.Inputs["x_uint8"].Scaled(), c.Inputs["means"].Tensor(), c.Inputs["log_scales"].Tensor()));
        }
        else if (c.Expected.Has("cdf"))
        {
            Close.Equal(c.Expected["cdf"], Gaussian.Cdf(c.Inputs["u"].Tensor()));
        }
        else if (c.Expected.Has("snapshots"))
        {
            SecondMoment(c);
        }
        else
        {
            Assert.Fail("a case of an unknown kind: it expects " + string.Join(", ", c.Expected.Names));
        }
    }

    private static void Training(ReferenceCase c)
    {
        var (q, model) = Published.Shortened(c.Inputs);
        var variance = Published.ReverseVariance(c.Inputs["model_var_type"].Text);
        var T = q.Steps!.Value;

        // The published losses differ in what the bound's term at one step is multiplied by: ours is T, for an estimate of the sum over all steps.
        var (loss, factor) = c.Inputs["loss_type"].Text switch
        {
            "MSE" or "RESCALED_MSE" when variance != Variance.Learned => ((ILoss)new SimpleLoss(), 1.0),
            "MSE" => (new HybridLoss(q, 1.0 / T), 1.0),
            "RESCALED_MSE" => (new HybridLoss(q, 0.001), 1.0),
            "KL" => (new VariationalLoss(q, variance), 1.0 / T),
            "RESCALED_KL" => (new VariationalLoss(q, variance), 1.0),
            var other => throw new NotSupportedException(other),
        };
        var t = new Times([.. c.Inputs["t"].Integers.Select(step => step + 1.0)]);
        var (x0, eps) = (c.Inputs["x0_uint8"].Scaled(), c.Inputs["noise"].Tensor());
        Close.Equal(c.Expected["loss"], factor * loss.PerImage(model, x0, Condition.None, t, eps), what: "loss");
        if (c.Expected.Has("mse"))
        {
            Close.Equal(c.Expected["mse"], new SimpleLoss().PerImage(model, x0, Condition.None, t, eps), what: "mse");
        }

        if (c.Expected.Has("vb"))
        {
            var term = new VariationalLoss(q, variance).PerImage(model, x0, Condition.None, t, eps) / T;
            var scale = c.Inputs["loss_type"].Text == "RESCALED_MSE" ? T / 1000.0 : 1;
            Close.Equal(c.Expected["vb"], scale * term, what: "vb");
        }
    }

    private static void Bound(ReferenceCase c)
    {
        var q = Published.Process(c.Inputs);
        var model = Published.Model(c.Inputs, q);
        var chain = Published.Grid(c.Inputs["timesteps"].Integers).Times.Reverse().ToList();
        if (c.Inputs["model_mean_type"].Text == "PREVIOUS_X")
        {
            // A predicted mean is that of the shortened chain's own step.
            (q, model) = Published.Shortened(c.Inputs);
            chain = [.. Enumerable.Range(0, chain.Count).Select(t => (double)t)];
        }

        var clamp = c.Inputs["clip_denoised"].Flag;
        var bound = new ChainBound(model, q, chain, Published.ReverseVariance(c.Inputs["model_var_type"].Text), clamp);
        var x0 = c.Inputs["x0_uint8"].Scaled();
        var noises = c.Inputs["noises_in_order_of_use"].Tensor();
        var n = (int)x0.shape[0];

        var prior = bound.Prior(x0);
        Close.Equal(c.Expected["prior_bpd"], prior, what: "prior");
        var total = prior;
        for (var column = 0; column < bound.Steps; column++)
        {
            var k = bound.Steps - column;
            var term = bound.Term(x0, Condition.None, [.. Enumerable.Repeat(k, n)], new ListedNoise([noises[column]]));
            Close.Equal(c.Expected["vb"].Tensor().select(1, column), term, what: $"term {k}");
            total = total + term;

            var x = q.Corrupt(x0, Times.All(chain[k], n), noises[column]);
            var seen = (clamp ? new Clamped(model) : (IDenoiser)model).Denoise(x, chain[k], Condition.None).X0;
            Close.Equal(c.Expected["xstart_mse"].Tensor().select(1, column), (seen - x0).square().flatten(1).mean([1]), what: $"error of x0 at {k}");
            Close.Equal(
                c.Expected["mse"].Tensor().select(1, column), (q.Eps(x, seen, chain[k]) - noises[column]).square().flatten(1).mean([1]), what: $"error of eps at {k}");
        }

        Close.Equal(c.Expected["total_bpd"], total, what: "total");
    }

    private static void SecondMoment(ReferenceCase c)
    {
        var T = c.Inputs["T"].Integer;
        var times = new SecondMomentTimes(T, c.Inputs["history_per_term"].Integer, c.Inputs["uniform_prob"].Number);
        var snapshots = c.Expected["snapshots"].Items.ToList();
        var updates = c.Inputs["updates"].Items.ToList();
        var seen = 0;
        for (var i = 0; i <= updates.Count; i++)
        {
            foreach (var snapshot in snapshots.Where(s => s["after_updates"].Integer == i))
            {
                var p = times.Probabilities();
                Close.Equal(snapshot["probabilities"].Numbers, p, what: "probabilities");
                Close.Equal(snapshot["importance_weights_1_over_T_p"].Numbers, [.. p.Select(share => 1 / (T * share))], what: "weights");
                seen++;
            }

            if (i < updates.Count)
            {
                times.Observe(new Times([.. updates[i]["ts"].Integers.Select(t => t + 1.0)]), updates[i]["losses"].Tensor());
            }
        }

        Assert.Equal(snapshots.Count, seen);
    }
}
