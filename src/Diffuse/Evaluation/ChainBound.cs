using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Numerics;
using Diffuse.Objectives;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Evaluation;

/// <summary>
/// The variational bound of a model sampled along a chain of times 0 = t_0 &lt; t_1 &lt; ... &lt; t_K = T (Ho et al. 2020, equation 5; the full
/// process, or a shortened one as in Nichol and Dhariwal 2021, section 4). Term k belongs to the step from t_k to t_{k-1}.
/// </summary>
/// <param name="chain">t_0..t_K.</param>
/// <param name="clamp">Whether x0 is clamped to the data's range, as in sampling.</param>
internal sealed class ChainBound(Model model, NoiseSchedule q, IReadOnlyList<double> chain, Variance? variance, bool clamp = true)
{
    private readonly VariationalBound bound = new(q, new ReverseVariance(q, variance, chain[1], chain[Math.Min(2, chain.Count - 1)]));

    /// <summary>K.</summary>
    public int Steps => chain.Count - 1;

    /// <summary>L_T of each image, [N] in bits per dimension.</summary>
    public Tensor Prior(Tensor x0) => bound.Prior(x0);

    /// <summary>Term k of each image, k in 1..K; k = 1 is the decoder.</summary>
    public Tensor Term(Tensor x0, Condition given, int[] k, INoise z)
    {
        var t = new Times(Array.ConvertAll(k, step => chain[step]));
        var s = new Times(Array.ConvertAll(k, step => chain[step - 1]));
        var x = q.Corrupt(x0, t, z.Normal(x0));
        var d = model.Denoise(x, t, given);
        return bound.Step(x0, x, s, t, clamp ? d with { X0 = d.X0.clamp(-1, 1) } : d);
    }
}
