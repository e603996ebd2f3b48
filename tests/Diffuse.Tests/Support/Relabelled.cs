using Diffuse.Processes;

namespace Diffuse.Tests.Support;

/// <summary>
/// A process whose network is told other numbers at some of its times: diffusers' samplers on sigma / alpha interpolate sigma between two
/// steps on a line but say the step between as if log sigma were on one.
/// </summary>
internal sealed class Relabelled(NoiseSchedule q, IReadOnlyDictionary<double, double> labels) : NoiseSchedule
{
    public override double Horizon => q.Horizon;

    public override int? Steps => q.Steps;

    public override double Alpha(double t) => q.Alpha(t);

    public override double Sigma(double t) => q.Sigma(t);

    public override double AlphaRate(double t) => q.AlphaRate(t);

    public override double SigmaRate(double t) => q.SigmaRate(t);

    public override double TimeOf(double logSnr) => q.TimeOf(logSnr);

    public override double Label(double t) => labels.TryGetValue(t, out var label) ? label : q.Label(t);
}
