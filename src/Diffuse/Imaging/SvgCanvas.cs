using System.Globalization;
using System.Net;
using System.Text;

namespace Diffuse.Imaging;

/// <summary>A chart as an SVG element that takes its text colour from the page around it.</summary>
internal sealed class SvgCanvas : ICanvas
{
    private readonly StringBuilder elements = new();

    public static string Of(Chart chart)
    {
        var canvas = new SvgCanvas();
        chart.Draw(canvas);
        return $"""
            <svg viewBox="0 0 {Chart.Width} {Chart.Height}" role="img" aria-label="{WebUtility.HtmlEncode(chart.Title)}" font-family="inherit" font-size="11">
            {canvas.elements}</svg>
            """;
    }

    /// <inheritdoc/>
    public void Line(double x1, double y1, double x2, double y2, double width, Rgb? colour, double opacity) => elements.AppendLine(
        CultureInfo.InvariantCulture,
        $"""<path d="M{x1:0.#} {y1:0.#}L{x2:0.#} {y2:0.#}" stroke="{colour?.ToString() ?? "currentColor"}" stroke-width="{width}" stroke-linecap="round" opacity="{opacity}"/>""");

    /// <inheritdoc/>
    public void Text(double x, double y, string text, double anchor, bool strong)
    {
        var place = anchor switch { 0 => "start", 1 => "end", _ => "middle" };
        elements.AppendLine(
            CultureInfo.InvariantCulture,
            $"""<text x="{x:0.#}" y="{y + 4:0.#}" text-anchor="{place}" fill="currentColor"{(strong ? " font-weight=\"600\" font-size=\"13\"" : "")}>{WebUtility.HtmlEncode(text)}</text>""");
    }
}
