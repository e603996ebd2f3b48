using System.Xml.Linq;
using Diffuse.Imaging;

namespace Diffuse.Tests.Imaging;

public sealed class ChartTests
{
    [Fact]
    public void A_chart_names_its_lines_axes_and_round_numbers()
    {
        var texts = Texts(new Chart("loss", "images", "mse", [Line("train <1>", (0, 1), (20_000, 3)), Line("held out", (0, 2), (20_000, 2.5))]));
        Assert.Equal(["loss", "0", "5000", "10k", "15k", "20k", "1", "1.5", "2", "2.5", "3", "images", "mse", "train <1>", "held out"], texts);
    }

    [Fact]
    public void Logarithmic_axes_have_decades_and_leave_out_what_they_cannot_show()
    {
        var chart = new Chart("", "steps", "", [Line("a", (1, 1e-3), (10, 0), (100, double.NaN), (1000, 1))]) { LogX = true, LogY = true };
        var recorded = new Recorded();
        chart.Draw(recorded);
        Assert.Equal(["1", "10", "100", "1000", "0.001", "0.01", "0.1", "1"], recorded.Texts.Where(text => text.Length > 0 && text != "steps"));
        Assert.Equal(2, recorded.Dots.Count);
        Assert.All(recorded.Dots, dot => Assert.InRange(dot.X, 64, Chart.Width - 16));
    }

    [Fact]
    public void Places_have_names_and_intervals_lines()
    {
        var recorded = new Recorded();
        new Chart("", "sampler", "", [new("", [new(0, 2, 1, 3), new(1, 4, 3, 5)])]) { Places = ["ddim", "unipc"] }.Draw(recorded);
        Assert.Contains("unipc", recorded.Texts);
        Assert.Equal(2, recorded.Intervals);
    }

    [Fact]
    public void No_points_are_said() => Assert.Contains("nothing to show", Texts(new Chart("empty", "x", "y", [Line("a")])));

    /// <summary>A line from the lower left to the upper right, as pixels: coloured along it, white beside it.</summary>
    [Fact]
    public void A_picture_shows_the_line()
    {
        var image = RasterCanvas.Of(new Chart("", "", "", [Line("a", (0, 0), (1, 1))]));
        Assert.Equal((Chart.Height * 2, Chart.Width * 2), (image.Height, image.Width));
        var recorded = new Recorded();
        new Chart("", "", "", [Line("a", (0, 0), (1, 1))]).Draw(recorded);
        var (from, to) = (recorded.Dots[0], recorded.Dots[1]);
        Assert.Equal((0, 114, 178), At((from.X + to.X) / 2, (from.Y + to.Y) / 2));
        Assert.Equal((255, 255, 255), At(from.X + 9, to.Y + 9));

        (int R, int G, int B) At(double x, double y)
        {
            var pixel = image.Row((int)(2 * y)).Slice(3 * (int)(2 * x), 3);
            return (pixel[0], pixel[1], pixel[2]);
        }
    }

    private static IEnumerable<string> Texts(Chart chart) => XDocument.Parse(SvgCanvas.Of(chart)).Descendants("text").Select(text => text.Value);

    private static ChartLine Line(string name, params (double X, double Y)[] points) => new(name, [.. points.Select(point => new ChartPoint(point.X, point.Y))]);

    private sealed class Recorded : ICanvas
    {
        public List<string> Texts { get; } = [];

        public List<(double X, double Y)> Dots { get; } = [];

        public int Intervals { get; private set; }

        public void Line(double x1, double y1, double x2, double y2, double width, Rgb? colour, double opacity)
        {
            if (colour is not null && (x1, y1) == (x2, y2))
            {
                Dots.Add((x1, y1));
            }

            Intervals += opacity == 0.45 ? 1 : 0;
        }

        public void Text(double x, double y, string text, double anchor, bool strong) => Texts.Add(text);
    }
}
