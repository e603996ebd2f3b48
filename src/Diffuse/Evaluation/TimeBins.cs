using Diffuse.Data;
using Diffuse.Numerics;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Evaluation;

/// <summary>
/// What depends on the noise level, on held-out images: every image is seen once in each equal part of the clock, at a time drawn there. Times and
/// noise derive from (seed, bin, image), so two checkpoints see the same ones.
/// </summary>
/// <param name="clean">Whether a bin stands before the others in which images are as they are, at time 0.</param>
internal sealed class TimeBins(ForwardProcess process, int bins, bool clean = false)
{
    private readonly int first = clean ? 1 : 0;

    /// <summary>A value [N] of a batch at its times; z is the noise of the bin.</summary>
    public delegate Tensor Measure(Batch batch, Times t, INoise z);

    /// <returns>The values of each bin, by image.</returns>
    public IReadOnlyList<IReadOnlyList<double>> Of(EvaluationContext c, int images, Measure measure, CancellationToken stop)
    {
        using var noGradients = no_grad();
        var perBin = Enumerable.Range(0, first + bins).Select(_ => new List<double>()).ToArray();
        foreach (var batch in c.HeldOut.First(images))
        {
            for (var bin = 0; bin < perBin.Length; bin++)
            {
                stop.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                using var z = new PerImageNoise((long)Seeds.Of(c.Seed, bin), [.. batch.Indices.Select(index => (long)index)]);
                var t = new Times([.. batch.Indices.Select(index => bin < first ? 0 : TimeIn(bin, Seeds.Random(c.Seed, bin, index).NextDouble()))]);
                perBin[bin].AddRange(measure(batch, t, z).cpu().to(ScalarType.Float64).data<double>());
            }
        }

        return perBin;
    }

    /// <summary>The times of a bin: <c>t 1 to 100</c>.</summary>
    public string Name(int bin) => $"t {TimeIn(bin, 0):g4} to {TimeIn(bin, 1 - 1e-9):g4}";

    /// <summary>The time in the middle of a bin.</summary>
    public double Middle(int bin) => TimeIn(bin, 0.5);

    private double TimeIn(int bin, double u) => process.TimeAt((bin - first + u) / bins);
}
