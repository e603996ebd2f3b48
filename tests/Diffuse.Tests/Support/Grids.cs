using Diffuse.Processes;
using Diffuse.Samplers;

namespace Diffuse.Tests.Support;

/// <summary>The grid on which a law is tested: every step of a chain, noise levels after Karras in continuous time.</summary>
internal static class Grids
{
    public static TimeGrid For(ForwardProcess process, int steps) => process.Steps is not null || process is not NoiseSchedule q || q.Alpha(q.Horizon) == 0
        ? new TrailingOptions().Build(process, steps)
        : new KarrasOptions().Build(process, steps);
}
