using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Objectives;

/// <summary>
/// Step t with probability p_t proportional to sqrt(E[L_t^2]) over its last few losses, weighted by 1 / (T p_t) (Nichol and Dhariwal 2021,
/// equation 18). Uniform until every step has been seen often enough; a small share stays uniform for ever.
/// </summary>
internal sealed class SecondMomentTimes : ITimeLaw
{
    private readonly int steps;
    private readonly int history;
    private readonly double uniform;
    private readonly Tensor losses; // [T, history], the oldest first
    private readonly Tensor counts; // [T]

    public SecondMomentTimes(int steps, int history, double uniform)
    {
        (this.steps, this.history, this.uniform) = (steps, history, uniform);
        losses = zeros(steps, history, ScalarType.Float64).DetachFromDisposeScope();
        counts = zeros(steps, ScalarType.Int64).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> State => new Dictionary<string, Tensor> { ["times.losses"] = losses, ["times.counts"] = counts };

    /// <summary>p_1..p_T.</summary>
    public double[] Probabilities()
    {
        using var scope = NewDisposeScope();
        if (counts.data<long>().Any(count => count < history))
        {
            return [.. Enumerable.Repeat(1.0 / steps, steps)];
        }

        var root = losses.square().mean([1]).sqrt();
        return (root / root.sum() * (1 - uniform) + uniform / steps).data<double>().ToArray();
    }

    /// <inheritdoc/>
    public TimeDraw Draw(int count, Random random)
    {
        var p = Probabilities();
        var until = new double[steps];
        var total = 0.0;
        for (var t = 0; t < steps; t++)
        {
            until[t] = total += p[t];
        }

        var drawn = new int[count];
        for (var i = 0; i < count; i++)
        {
            var found = Array.BinarySearch(until, random.NextDouble() * total);
            drawn[i] = Math.Min(found < 0 ? ~found : found + 1, steps - 1);
        }

        return new(new Times(Array.ConvertAll(drawn, t => t + 1.0)), Array.ConvertAll(drawn, t => 1 / (steps * p[t])));
    }

    /// <inheritdoc/>
    public void Observe(Times times, Tensor losses)
    {
        using var scope = NewDisposeScope();
        var values = losses.detach().cpu().to(ScalarType.Float64).data<double>().ToArray();
        for (var i = 0; i < values.Length; i++)
        {
            var t = (long)times.Values[i] - 1;
            var seen = counts[t].item<long>();
            var row = this.losses[t];
            if (seen == history)
            {
                row.narrow(0, 0, history - 1).copy_(row.narrow(0, 1, history - 1).clone());
            }

            row[Math.Min(seen, history - 1)] = tensor(values[i], ScalarType.Float64);
            counts[t] = tensor(Math.Min(seen + 1, history), ScalarType.Int64);
        }
    }
}

/// <summary>Steps whose loss is large are drawn more often. For loss variational.</summary>
[Kind("second-moment")]
public sealed record SecondMomentTimesOptions : TimeLawOptions
{
    /// <summary>Losses remembered for each step.</summary>
    [Range(1, 1000)]
    public int History { get; init; } = 10;

    /// <summary>The share of draws that stays uniform.</summary>
    [Range(0.0, 1.0)]
    public double Uniform { get; init; } = 0.001;

    /// <inheritdoc/>
    public override ITimeLaw Build(ForwardProcess process) => process.Steps is { } steps
        ? new SecondMomentTimes(steps, History, Uniform)
        : throw new ConfigException("times second-moment needs a process of counted steps");
}
