using Diffuse.Evaluation;
using Diffuse.Networks;
using Diffuse.Tests.Networks;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.References;

/// <summary>Distances between sets of features against pytorch-fid's, torch-fidelity's and prdc's.</summary>
public sealed class FidReference
{
    [Theory, ReferenceCases("fid", "fid_*")]
    public void The_Frechet_distance_is_that_of_pytorch_fid(string name)
    {
        using var scope = NewDisposeScope();
        var c = Reference.Case("fid", name);
        var (first, second) = Sets(c);
        Close.Equal(c.Expected["mu1"].Numbers, [.. FrechetDistance.Moments(first).Mean.data<double>()], what: "mean");

        // Where a covariance is singular the published square roots differ from each other by 1e-7.
        Close.Equal(c.Expected["fid_tfgan_port"].Number, FrechetDistance.Between(first, second), 1e-6, 1e-7, "distance");
    }

    [Theory, ReferenceCases("fid", "precision_recall*")]
    public void Neighbours_are_those_of_the_published_metrics(string name)
    {
        using var scope = NewDisposeScope();
        var c = Reference.Case("fid", name);
        var sets = c.Inputs["set1"].IsTensor ? c.Inputs : Reference.Case("fid", c.Inputs["set1"].Text["as in ".Length..]).Inputs;
        var found = Neighbours.Between(sets["set1"].Tensor(), sets["set2"].Tensor(), c.Inputs["k"].Integer);
        Close.Equal(
            [c.Expected["prdc_precision"].Number, c.Expected["prdc_recall"].Number, c.Expected["prdc_density"].Number, c.Expected["prdc_coverage"].Number],
            [found.Precision, found.Recall, found.Density, found.Coverage],
            what: "precision, recall, density, coverage");
    }

    [Theory, ReferenceCases("fid", "kid_*")]
    public void The_kernel_distance_is_that_of_torch_fidelity(string name)
    {
        using var scope = NewDisposeScope();
        var (first, second) = Sets(Reference.Case("fid", name));
        var (distance, low, high) = KernelDistance.WithInterval(first, second);
        Close.Equal(Reference.Case("fid", name).Expected["mmd2_unbiased"].Number, distance, 1e-9, 1e-11, "distance");
        Assert.InRange(distance, low, high);
    }

    [Theory, ReferenceCases("fid", "inception_score*")]
    public void The_Inception_Score_is_that_of_torch_fidelity(string name)
    {
        using var scope = NewDisposeScope();
        var c = Reference.Case("fid", name);
        var scores = InceptionScore.OfParts(Features(c.Inputs["params"], c.Inputs["N"].Integer, c.Inputs["C"].Integer), c.Inputs["splits"].Integer);
        Close.Equal(c.Expected["inception_score_mean"].Number, scores.Average(), 1e-9, what: "mean");
        Close.Equal(
            c.Expected["inception_score_std_population"].Number, Math.Sqrt(scores.Select(s => (s - scores.Average()) * (s - scores.Average())).Average()), 1e-9, 1e-12, "spread");
    }

    [Theory, ReferenceCases("fid", "inception_299")]
    public void The_network_of_FID_is_that_of_pytorch_fid(string name)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var c = Reference.Case("fid", name);
        using var network = new Inception();
        var tensors = network.named_parameters().Select(p => (p.name, (Tensor)p.parameter))
            .Concat(network.named_buffers().Select(b => (b.name, b.buffer)))
            .ToDictionary(named => named.name, named => named.Item2);
        var listed = FormulaWeights.Listed(c.Inputs["state_dict"]);
        Assert.Equal(listed.Select(entry => entry.Name).Order(StringComparer.Ordinal), tensors.Keys.Order(StringComparer.Ordinal));
        foreach (var (k, (key, shape)) in listed.Index())
        {
            Assert.Equal(shape, tensors[key].shape);
            if (shape.Length > 0)
            {
                tensors[key].copy_(FormulaWeights.Parameter(key, shape, k, gain: 6));
            }
        }

        var pixels = new float[3 * Inception.Side * Inception.Side];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (float)((FormulaWeights.U(i, 2000) + 1) / 2);
        }

        var found = network.call(tensor(pixels, [1, 3, Inception.Side, Inception.Side]) * 2 - 1);
        Close.Equal(c.Expected["pool3_float32"].Numbers, [.. found.Pool.data<float>().ToArray().Select(x => (double)x)], 1e-4, 1e-5, "features");
        Close.Equal(
            c.Expected["logits_without_bias_first32_float32"].Numbers, [.. found.Logits[0].data<float>().ToArray().Take(32).Select(x => (double)x)], 1e-4, 1e-5, "logits");
        Assert.Equal([1, 7 * 17 * 17], found.Spatial.shape);
    }

    private static (Tensor First, Tensor Second) Sets(ReferenceCase c) => c.Inputs.Has("set1")
        ? (c.Inputs["set1"].Tensor(), c.Inputs["set2"].Tensor())
        : (Features(c.Inputs["params1"], c.Inputs["N1"].Integer, c.Inputs["D"].Integer), Features(c.Inputs["params2"], c.Inputs["N2"].Integer, c.Inputs["D"].Integer));

    /// <summary>The formula that the cases state.</summary>
    private static Tensor Features(ReferenceValue p, int count, int size)
    {
        var (a, b, c, e, s) = (p["a"].Number, p["b"].Number, p["c"].Number, p["e"].Number, p["s"].Integer);
        var values =
            from n in Enumerable.Range(0, count)
            from d in Enumerable.Range(0, size)
            select a * Math.Sin(0.7 * n + 1.3 * d + c) + b * Math.Cos(0.11 * n * d + c) + e * ((n * 31 + d * 17 + s) % 23) / 23;
        return tensor(values.ToArray(), [count, size]);
    }
}
