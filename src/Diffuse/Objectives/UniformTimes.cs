using Diffuse.Configuration;
using Diffuse.Processes;

namespace Diffuse.Objectives;

/// <summary>Every time is as likely as any other on the process's clock.</summary>
internal sealed class UniformTimes(ForwardProcess process, bool stratified) : ITimeLaw
{
    /// <inheritdoc/>
    public TimeDraw Draw(int count, Random random)
    {
        if (!stratified)
        {
            return new(new Times([.. Enumerable.Range(0, count).Select(_ => process.TimeAt(random.NextDouble()))]));
        }

        var offset = random.NextDouble();
        return new(new Times([.. Enumerable.Range(0, count).Select(i => process.TimeAt((offset + (double)i / count) % 1))]));
    }
}

/// <summary>Uniform times.</summary>
[Kind("uniform")]
public sealed record UniformTimesOptions : TimeLawOptions
{
    /// <summary>
    /// Spreads the times of a batch evenly from one random offset, u_i = (u + i/N) mod 1 (Kingma et al. 2021, appendix I.1): each is uniform
    /// still, and the batch's mean loss varies less.
    /// </summary>
    public bool Stratified { get; init; }

    /// <inheritdoc/>
    public override ITimeLaw Build(ForwardProcess process) => new UniformTimes(process, Stratified);
}
