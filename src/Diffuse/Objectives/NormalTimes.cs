using Diffuse.Numerics;
using Diffuse.Processes;

namespace Diffuse.Objectives;

/// <summary>
/// Times that a standard normal number becomes, rounded to the steps of a process that counts them. The law itself says which times count how much:
/// no weights make up for it.
/// </summary>
/// <param name="timeOf">The time of z ~ N(0, 1).</param>
internal sealed class NormalTimes(ForwardProcess process, Func<double, double> timeOf) : ITimeLaw
{
    /// <inheritdoc/>
    public TimeDraw Draw(int count, Random random) => new(new Times([.. Enumerable.Range(0, count).Select(_ => Of(Gaussian.Draw(random)))]));

    /// <summary>The time that z becomes.</summary>
    public double Of(double z) => process.Steps is null ? timeOf(z) : Math.Max(Math.Round(timeOf(z)), 1);
}
