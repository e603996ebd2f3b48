using Diffuse.Configuration;
using Diffuse.Processes;
using Diffuse.Samplers;
using Diffuse.Tests.Support;

namespace Diffuse.Tests.Samplers;

public sealed class TimeGridTests
{
    private static readonly ForwardProcess Thousand = new CosineOptions().Build();

    public static TheoryData<string> Kinds => [.. Every.Kind<TimeGridOptions>()];

    [Theory, MemberData(nameof(Kinds))]
    public void A_grid_has_the_steps_asked_for_and_descends_to_the_clean_image(string kind)
    {
        foreach (var steps in new[] { 2, 7, 25, 50 })
        {
            TimeGrid grid;
            try
            {
                grid = Every.Default<TimeGridOptions>(kind).Build(Thousand, steps);
            }
            catch (ConfigException) when (kind == "quadratic" && steps == 50)
            {
                continue; // its first steps fall on the same time
            }

            Assert.Equal(steps, grid.Steps);
            Assert.Equal(0, grid.Times[^1]);
            Assert.InRange(grid.Times[0], 1, 1000);
            Assert.Equal(grid.Times.OrderDescending().Distinct(), grid.Times);
            if (kind is not ("karras" or "log-snr" or "uniform"))
            {
                Assert.All(grid.Times, t => Assert.Equal(Math.Round(t), t));
            }
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void More_steps_than_the_process_has_are_refused(string kind) => Assert.Equal(
        "30 sampling steps of a process of 20: at most 20",
        Assert.Throws<ConfigException>(() => Every.Default<TimeGridOptions>(kind).Build(new CosineOptions { Steps = 20 }.Build(), 30)).Message);

    [Theory, MemberData(nameof(Kinds))]
    public void No_steps_are_refused(string kind) => Assert.Equal(
        "0 sampling steps: at least 1", Assert.Throws<ConfigException>(() => Every.Default<TimeGridOptions>(kind).Build(Thousand, 0)).Message);

    [Fact]
    public void All_steps_are_the_whole_chain() => Assert.Equal(
        Enumerable.Range(0, 21).Select(t => 20.0 - t), new TrailingOptions().Build(new CosineOptions { Steps = 20 }.Build(), 20).Times);

    [Fact]
    public void Sections_that_do_not_add_up_are_refused() => Assert.Equal(
        "the sections of grid strided have 45 steps together, sampling has 50",
        Assert.Throws<ConfigException>(() => new StridedOptions { Sections = [10, 15, 20] }.Build(Thousand, 50)).Message);

    [Fact]
    public void A_section_with_too_many_steps_is_named() => Assert.Equal(
        "section 2 of grid strided asks for 15 steps of its 10",
        Assert.Throws<ConfigException>(() => new StridedOptions { Sections = [5, 15] }.Build(new CosineOptions { Steps = 20 }.Build(), 20)).Message);

    [Fact]
    public void A_stride_that_does_not_exist_is_refused() => Assert.Equal(
        "grid ddim-strided has no stride that makes 600 steps of 1000",
        Assert.Throws<ConfigException>(() => new DdimStridedOptions().Build(Thousand, 600)).Message);

    [Fact]
    public void A_grid_that_repeats_a_time_is_refused() => Assert.Contains(
        "100 sampling steps on this grid go from time", Assert.Throws<ConfigException>(() => new QuadraticOptions().Build(Thousand, 100)).Message);

    [Fact]
    public void An_offset_beyond_the_end_is_refused() => Assert.Equal(
        "the grid begins at 1002, beyond the process's end 1000",
        Assert.Throws<ConfigException>(() => new LeadingOptions { Offset = 2 }.Build(Thousand, 1000)).Message);

    [Fact]
    public void The_way_up_begins_with_the_least_noisy_time() =>
        Assert.Equal([1, 251, 501, 751], new LeadingOptions().Build(Thousand, 4).Up().Times);
}
