using Diffuse.Evaluation;
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
        var (first, second) = c.Inputs.Has("set1")
            ? (c.Inputs["set1"].Tensor(), c.Inputs["set2"].Tensor())
            : (Features(c.Inputs["params1"], c.Inputs["N1"].Integer, c.Inputs["D"].Integer), Features(c.Inputs["params2"], c.Inputs["N2"].Integer, c.Inputs["D"].Integer));
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
