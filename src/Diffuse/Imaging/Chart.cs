using System.Globalization;

namespace Diffuse.Imaging;

/// <summary>A point of a line, with an interval where there is one.</summary>
internal readonly record struct ChartPoint(double X, double Y, double? Low = null, double? High = null);

internal sealed record ChartLine(string Name, IReadOnlyList<ChartPoint> Points);

/// <summary>What a chart is drawn on: a plane of <see cref="Chart.Width"/> x <see cref="Chart.Height"/> units, the origin at the top left.</summary>
internal interface ICanvas
{
    /// <param name="colour">Null: that of text.</param>
    /// <param name="opacity">In (0, 1].</param>
    void Line(double x1, double y1, double x2, double y2, double width, Rgb? colour, double opacity = 1);

    /// <param name="anchor">The share of its width that lies left of x: 0, 0.5 or 1.</param>
    /// <param name="y">Of the middle of its line.</param>
    void Text(double x, double y, string text, double anchor, bool strong = false);
}

/// <summary>Lines over a common axis. Points that are no finite number, or not above 0 on a logarithmic axis, are left out.</summary>
internal sealed record Chart(string Title, string X, string Y, IReadOnlyList<ChartLine> Lines)
{
    public const int Width = 640, Height = 360;

    private const int Left = 64, Right = 16, Top = 30, Bottom = 44, LegendLine = 16;

    /// <summary>Colours that people with any colour vision can tell apart (Okabe and Ito 2008).</summary>
    private static readonly Rgb[] palette =
    [
        new(0, 114, 178), new(213, 94, 0), new(0, 158, 115), new(204, 121, 167), new(230, 159, 0), new(86, 180, 233), new(110, 110, 110), new(160, 82, 45),
    ];

    public bool LogX { get; init; }

    public bool LogY { get; init; }

    /// <summary>Names of the places 0, 1, .. on the x axis; empty: it is one of numbers.</summary>
    public IReadOnlyList<string> Places { get; init; } = [];

    public void Draw(ICanvas canvas)
    {
        var lines = Lines.Select(line => line with { Points = [.. line.Points.Where(Drawable)] }).ToList();
        var legend = Legend(lines.Count < 2 ? [] : [.. lines.Select(line => line.Name)]);
        var top = Top + LegendLine * legend.Select(entry => entry.Row + 1).DefaultIfEmpty(0).Max();
        var points = lines.SelectMany(line => line.Points).ToList();
        canvas.Text(Left, Top / 2.0, Title, 0, strong: true);
        if (points.Count == 0)
        {
            canvas.Text(Width / 2.0, Height / 2.0, "nothing to show", 0.5);
            return;
        }

        var x = new Axis(points.Select(point => point.X), LogX && Places.Count == 0, Left, Width - Right, Places.Count > 0 ? 0.5 : 0);
        var y = new Axis(points.SelectMany(point => new[] { point.Y, Shown(point.Low) ?? point.Y, Shown(point.High) ?? point.Y }), LogY, Height - Bottom, top, 0);
        foreach (var tick in Places.Count > 0 ? Enumerable.Range(0, Places.Count).Select(i => (double)i) : x.Ticks)
        {
            canvas.Line(x.At(tick), top, x.At(tick), Height - Bottom, 1, null, 0.12);
            canvas.Text(x.At(tick), Height - Bottom + 12, Places.Count > 0 ? Places[(int)tick] : Number(tick), 0.5);
        }

        foreach (var tick in y.Ticks)
        {
            canvas.Line(Left, y.At(tick), Width - Right, y.At(tick), 1, null, 0.12);
            canvas.Text(Left - 6, y.At(tick), Number(tick), 1);
        }

        canvas.Line(Left, Height - Bottom, Width - Right, Height - Bottom, 1, null, 0.6);
        canvas.Text((Left + Width - Right) / 2.0, Height - 12, X, 0.5);
        canvas.Text(Width - Right, Top / 2.0, Y, 1);
        foreach (var (i, (name, column, row)) in legend.Index())
        {
            var middle = Top + LegendLine * row + LegendLine / 2.0;
            canvas.Line(column, middle, column + 14, middle, 3, Colour(i));
            canvas.Text(column + 19, middle, name, 0);
        }

        foreach (var (i, line) in lines.Index())
        {
            var colour = Colour(i);
            foreach (var (from, to) in line.Points.Zip(line.Points.Skip(1)))
            {
                canvas.Line(x.At(from.X), y.At(from.Y), x.At(to.X), y.At(to.Y), 2, colour);
            }

            foreach (var point in line.Points.Count <= 64 ? line.Points : [])
            {
                canvas.Line(x.At(point.X), y.At(point.Y), x.At(point.X), y.At(point.Y), 6, colour);
                if (Shown(point.Low) is { } low && Shown(point.High) is { } high)
                {
                    canvas.Line(x.At(point.X), y.At(low), x.At(point.X), y.At(high), 2, colour, 0.45);
                }
            }
        }
    }

    private static Rgb Colour(int line) => palette[line % palette.Length];

    /// <summary>Names with the places of their entries: as many in a row as fit.</summary>
    private static List<(string Name, double Column, int Row)> Legend(IReadOnlyList<string> names)
    {
        var (entries, column, row) = (new List<(string, double, int)>(), (double)Left, 0);
        foreach (var name in names)
        {
            var width = 19 + name.Length * 6.2 + 16;
            (column, row) = column > Left && column + width > Width - Right ? (Left, row + 1) : (column, row);
            entries.Add((name, column, row));
            column += width;
        }

        return entries;
    }

    private bool Drawable(ChartPoint point) => double.IsFinite(point.X) && Shown(point.Y) is not null && (!LogX || Places.Count > 0 || point.X > 0);

    private double? Shown(double? y) => y is { } value && double.IsFinite(value) && (!LogY || value > 0) ? value : null;

    /// <summary>A number in little room: 20k, 1.5M, 0.001.</summary>
    private static string Number(double value) => Math.Abs(value) switch
    {
        >= 1e6 => Text(value / 1e6) + "M",
        >= 1e4 => Text(value / 1e3) + "k",
        _ => Text(value),
    };

    private static string Text(double value) => value.ToString("G4", CultureInfo.InvariantCulture);

    /// <summary>Values on a line of the canvas.</summary>
    private sealed class Axis
    {
        private readonly double low, high, from, to;
        private readonly bool log;

        /// <param name="pad">Room on both sides, in units of the values.</param>
        public Axis(IEnumerable<double> values, bool log, double from, double to, double pad)
        {
            var all = values.Select(value => log ? Math.Log10(value) : value).ToList();
            (this.log, this.from, this.to) = (log, from, to);
            (low, high) = (all.Min() - pad, all.Max() + pad);
            var room = high > low ? 0.05 * (high - low) : Math.Max(Math.Abs(high) * 0.1, 1e-9);
            (low, high) = pad > 0 ? (low, high) : (low - room, high + room);
        }

        /// <summary>Round numbers inside: 1, 2 or 5 times a power of ten.</summary>
        public IEnumerable<double> Ticks => log && high - low > 0.7 ? Decades() : Steps();

        public double At(double value) => from + ((log ? Math.Log10(value) : value) - low) / (high - low) * (to - from);

        private IEnumerable<double> Decades() => Enumerable.Range((int)Math.Floor(low), (int)Math.Ceiling(high) - (int)Math.Floor(low) + 1)
            .SelectMany(power => (high - low > 3 ? new[] { 1.0 } : [1, 2, 5]).Select(digit => digit * Math.Pow(10, power)))
            .Where(tick => Math.Log10(tick) >= low && Math.Log10(tick) <= high);

        private IEnumerable<double> Steps()
        {
            var (first, last) = log ? (Math.Pow(10, low), Math.Pow(10, high)) : (low, high);
            var rough = (last - first) / 6;
            var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
            var step = (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * power;
            for (var i = Math.Ceiling(first / step); i * step <= last; i++)
            {
                yield return Math.Round(i * step, 12) + 0.0; // no negative zero
            }
        }
    }
}
