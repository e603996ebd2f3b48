using Diffuse.Tests.Support;
using Diffuse.Training;
using static TorchSharp.torch;

namespace Diffuse.Tests.Training;

public sealed class PowerAverageTests : IDisposable
{
    private const int Batch = 8, Steps = 4000;

    private readonly TemporaryFolder temporary = new();

    public void Dispose() => temporary.Dispose();

    /// <summary>The lengths and exponents that Karras et al. 2024 name: 5% is gamma = 16.97, 10% is 6.94.</summary>
    [Theory]
    [InlineData(0.05, 16.97)]
    [InlineData(0.10, 6.94)]
    public void Exponents_are_those_of_the_paper(double length, double gamma) => Assert.Equal(gamma, PowerAverage.Exponent(length), 0.005);

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.07)]
    [InlineData(0.25)]
    public void A_length_is_the_standard_deviation_of_the_profile(double length)
    {
        var gamma = PowerAverage.Exponent(length);
        var profile = Enumerable.Range(0, 200_000).Select(i => (i + 0.5) / 200_000).Select(tau => (tau, p: (gamma + 1) * Math.Pow(tau, gamma) / 200_000)).ToList();
        var mean = profile.Sum(at => at.tau * at.p);
        Close.Equal(length, Math.Sqrt(profile.Sum(at => at.p * Math.Pow(at.tau - mean, 2))), relative: 1e-4);
    }

    /// <summary>Followed step by step, an average is the integral over its profile; put together from snapshots of others, nearly so.</summary>
    [Theory]
    [InlineData(0.03, 0.02)]
    [InlineData(0.05, 1e-9)]
    [InlineData(0.07, 0.002)]
    [InlineData(0.10, 1e-9)]
    [InlineData(0.20, 0.005)]
    public void Snapshots_make_up_averages_of_other_lengths(double length, double tolerance)
    {
        var followed = Snapshots.Lengths.Append(length).Select(own => (Gamma: PowerAverage.Exponent(own), Value: 0.0)).ToArray();
        var stored = new List<(double Gamma, double T, double Value)>();
        for (var step = 1; step <= Steps; step++)
        {
            for (var i = 0; i < followed.Length; i++)
            {
                var keep = PowerAverage.Decay(followed[i].Gamma, step * Batch, Batch);
                followed[i].Value = keep * followed[i].Value + (1 - keep) * Weight((double)step / Steps);
            }

            if (step % (Steps / 16) == 0)
            {
                stored.AddRange(followed[..2].Select(average => (average.Gamma, (double)step * Batch, average.Value)));
            }
        }

        var shares = PowerAverage.Shares([.. stored.Select(one => (one.Gamma, one.T))], (followed[2].Gamma, Steps * Batch));
        Close.Equal(1, shares.Sum(), relative: 1e-9);
        Assert.Equal(followed[2].Value, shares.Zip(stored, (share, one) => share * one.Value).Sum(), tolerance);
        Assert.Equal(Integral(followed[2].Gamma), followed[2].Value, 0.002);
    }

    [Fact]
    [LeaksNoTensors]
    public void Files_hold_both_averages_and_drop_those_of_another_future()
    {
        var snapshots = new Snapshots(temporary["snapshots"]);
        Assert.Empty(snapshots.Times);
        foreach (var images in new long[] { 100, 200, 300, 400 })
        {
            using var scope = NewDisposeScope();
            snapshots.Write(images, [.. new[] { 1.0, 2.0 }.Select(scale => Named(full(3, scale * images / 100, ScalarType.Float32)))]);
        }

        snapshots.ClearAfter(300);
        Assert.Equal([100L, 200, 300], snapshots.Times);
        using var loaded = zeros(3);
        snapshots.Load(0.05, [KeyValuePair.Create("weight", loaded)]);
        Close.Equal([3, 3, 3], Close.Values(loaded), relative: 1e-3);
        snapshots.Load(0.10, [KeyValuePair.Create("weight", loaded)]);
        Close.Equal([6, 6, 6], Close.Values(loaded), relative: 1e-3);
        Assert.Contains("no tensor '0.05/other'", Assert.Throws<InvalidDataException>(() => snapshots.Load(0.05, [KeyValuePair.Create("other", loaded)])).Message);

        static IEnumerable<KeyValuePair<string, Tensor>> Named(Tensor weight) => [KeyValuePair.Create("weight", weight)];
    }

    private static double Weight(double tau) => Math.Sin(9 * tau) + tau;

    private static double Integral(double gamma) =>
        Enumerable.Range(0, 100_000).Select(i => (i + 0.5) / 100_000).Average(tau => (gamma + 1) * Math.Pow(tau, gamma) * Weight(tau));
}
