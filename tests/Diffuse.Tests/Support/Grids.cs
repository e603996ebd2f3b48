using Diffuse.Processes;
using Diffuse.Samplers;

namespace Diffuse.Tests.Support;

/// <summary>
/// The grid on which a law is tested: every step of a chain, noise levels after Karras in continuous time, down to the least noise of the process.
/// </summary>
internal static class Grids
{
    public static TimeGrid For(ForwardProcess process, int steps) => process.Steps is not null || process is not NoiseSchedule q || q.Alpha(q.Horizon) == 0
        ? new TrailingOptions().Build(process, Math.Min(steps, process.Steps ?? steps))
        : new KarrasOptions { SigmaMin = Math.Max(0.002, 1.001 * q.Sigma(1e-9 * q.Horizon)) }.Build(process, Math.Min(steps, 400));
}
