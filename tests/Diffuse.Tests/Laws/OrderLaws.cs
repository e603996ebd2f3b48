using Diffuse.Denoising;
using Diffuse.Processes;
using Diffuse.Samplers;
using Diffuse.Tests.Support;
using static TorchSharp.torch;

namespace Diffuse.Tests.Laws;

/// <summary>Samplers of ODEs converge with the order that their papers say, measured where everything is smooth.</summary>
public sealed class OrderLaws
{
    /// <summary>A line for each sampler without noise: its kind and its order. The defaults must add no noise.</summary>
    public static TheoryData<string, double> Orders => new()
    {
        { "ddim", 1 },
        { "euler", 1 },
        { "heun", 2 },
        { "edm", 2 },
    };

    /// <summary>
    /// Halving the steps' length divides the error by 2^order. The way goes from 0.9 of the process's end, where alpha may be 0, to 0.1 of it, in
    /// equal steps of log(alpha/sigma): no step onto clean data is in it.
    /// </summary>
    [Theory, MemberData(nameof(Orders))]
    public void Halving_the_steps_divides_the_error_by_two_to_the_order(string sampler, double order)
    {
        using var scope = NewDisposeScope();
        var data = KnownData.Gaussian();
        foreach (var process in new ProcessOptions[] { new LinearPathOptions(), new EdmScheduleOptions { SigmaMax = 10 } })
        {
            var q = (NoiseSchedule)process.Build();
            var (start, end) = (0.9 * q.Horizon, 0.1 * q.Horizon);
            var x = q.Corrupt(data.Draw(64, 1), Times.All(start, 64), data.Draw(64, 2));
            double Error(int steps)
            {
                var grid = new TimeGrid([.. Enumerable.Range(0, steps + 1).Select(i => q.TimeOf(q.LogSnr(start) + i * (q.LogSnr(end) - q.LogSnr(start)) / steps))]);
                var result = Every.Default<SamplerOptions>(sampler).Build(q).Sample((at, t) => new Denoised(data.Denoise(q, at, t)), x, grid, new ListedNoise([]));
                return (data.Decode(q, result, grid.Times[^1]) - data.Decode(q, x, grid.Times[0])).abs().max().item<double>();
            }

            Assert.InRange(Math.Log2(Error(64) / Error(128)), order - 0.2, order + 0.2);
        }
    }
}
