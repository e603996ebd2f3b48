using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using Diffuse.Configuration;
using Diffuse.Imaging;
using Diffuse.Training;
using static TorchSharp.torch;

namespace Diffuse.Jobs;

/// <summary>
/// Everything about a model on one HTML page that needs nothing else, neither network nor scripts: metrics with their intervals, curves, samples over
/// time, drawn images and their nearest training images, config and environment. The curves are also put beside it as PNG.
/// </summary>
internal static class Report
{
    public const string FileName = "report.html";

    private const int MostSheets = 8, Shown = 64;

    /// <param name="folder">Made where it is missing; an earlier report in it is replaced.</param>
    /// <param name="title">What was measured.</param>
    /// <param name="run">The run's folder; null for a model or images without one.</param>
    /// <param name="drawn">The folder of the drawn images; null where there are none.</param>
    /// <returns>The page, and the plots.</returns>
    public static IReadOnlyList<string> Write(string folder, string title, string? run, RunConfig? config, EvalResult result, string? drawn)
    {
        Directory.CreateDirectory(folder);
        var charts = Plots.Of(run, result);
        var plots = charts.Select(plot => (File: Path.Combine(folder, plot.Name + ".png"), plot.Chart)).ToList();
        plots.ForEach(plot => Png.Save(plot.File, RasterCanvas.Of(plot.Chart)));
        var page = Path.Combine(folder, FileName);
        Durable.Replace(page, Page(title, run, config, result, drawn, charts));
        return [page, .. plots.Select(plot => plot.File)];
    }

    private static string Page(
        string title, string? run, RunConfig? config, EvalResult result, string? drawn, IReadOnlyList<(string Name, Chart Chart)> charts)
    {
        var body = new StringBuilder();
        body.AppendLine($"<h1>{Text(title)}</h1>");
        body.AppendLine($"<p>{Text(result.Model)}, {TimeProvider.System.GetLocalNow().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)}, diffuse {ModelCard.Version}</p>");
        if (result.Metrics.Count > 0)
        {
            Section("Metrics", Table(MetricRows.Of(result.Metrics)));
        }

        if (result.Sweep is { } sweep)
        {
            Section("Settings", $"{Table(MetricRows.Of(sweep))}<p>{Text(sweep.Verdict)}</p>");
        }

        foreach (var (_, chart) in charts)
        {
            body.AppendLine($"<figure class=\"chart\">{SvgCanvas.Of(chart)}</figure>");
        }

        var sheets = run is null ? [] : NumberedFiles.In(RunFolder.SamplesOf(run), ".png");
        if (sheets.Count > 0)
        {
            var some = sheets.Where((_, i) => sheets.Count <= MostSheets || i == sheets.Count - 1 || i % ((sheets.Count + MostSheets - 1) / MostSheets) == 0);
            Section("Samples over time, of the same noise", Strip(some.Select(sheet => (sheet.File, string.Create(CultureInfo.InvariantCulture, $"after {sheet.Images:N0} images")))));
        }

        if (drawn is not null)
        {
            var images = Directory.GetFiles(drawn, "*.png").Order(StringComparer.Ordinal).Take(Shown).Select(file => $"<img class=\"one\" alt=\"\" src=\"{Data(file)}\">");
            Section("Drawn images", $"<div class=\"many\">{string.Concat(images)}</div>");
        }

        foreach (var picture in result.Pictures.Where(picture => picture.EndsWith(".png", StringComparison.OrdinalIgnoreCase)))
        {
            var name = Path.GetFileNameWithoutExtension(picture);
            Section(
                name == "copies" ? "Nearest training images" : name,
                (name == "copies" ? "<p>Drawn images, each with its nearest training image and how much nearer that is than the next; below a third counts as a copy.</p>" : "") + Strip([(picture, "")]));
        }

        if (run is not null && File.Exists(RunFolder.RealsOf(run)))
        {
            Section("Training images", Strip([(RunFolder.RealsOf(run), "")]));
        }

        if (config is not null)
        {
            Section("Config", $"<details><summary>every value</summary><pre>{Text(config.Write())}</pre></details>");
        }

        Section("Environment", Table(Environment(), headed: false));
        return $$"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{{Text(title)}}</title>
            <style>
            :root { color-scheme: light dark; }
            body { font: 15px/1.5 system-ui, sans-serif; max-width: 960px; margin: 0 auto; padding: 16px; }
            h1 { font-size: 1.5em; margin: 0.3em 0; overflow-wrap: anywhere; }
            h2 { font-size: 1.15em; margin: 1.6em 0 0.4em; }
            p { overflow-wrap: anywhere; margin: 0.4em 0; }
            .wide, .strip { overflow-x: auto; }
            table { border-collapse: collapse; font-size: 0.9em; }
            th, td { text-align: left; padding: 3px 12px 3px 0; border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); vertical-align: top; }
            td { font-variant-numeric: tabular-nums; }
            figure { margin: 0; }
            .chart { margin-top: 1.2em; overflow-x: auto; }
            .chart svg { width: 100%; min-width: 540px; height: auto; }
            .strip { display: flex; gap: 12px; align-items: flex-start; }
            .strip img { display: block; max-width: min(100%, 88vw); height: auto; image-rendering: pixelated; }
            .strip figure { flex: none; max-width: 100%; }
            figcaption { font-size: 0.85em; }
            .many { display: grid; grid-template-columns: repeat(auto-fill, minmax(56px, 1fr)); gap: 3px; }
            .one { width: 100%; image-rendering: pixelated; }
            pre { overflow-x: auto; font-size: 0.85em; }
            </style>
            </head>
            <body>
            {{body}}</body>
            </html>

            """;

        void Section(string head, string content) => body.AppendLine($"<h2>{Text(head)}</h2>").AppendLine(content);
    }

    private static IReadOnlyList<string[]> Environment() =>
    [
        ["system", RuntimeInformation.OSDescription],
        ["processor", $"{RuntimeInformation.ProcessArchitecture}, {System.Environment.ProcessorCount} cores, {get_num_threads()} threads"],
        ["GPU", cuda.is_available() ? $"{cuda.device_count()}" : "none"],
        [".NET", System.Environment.Version.ToString()],
        ["libtorch", $"{__version__}"],
    ];

    private static string Table(IReadOnlyList<string[]> rows, bool headed = true) => $"<div class=\"wide\"><table>{string.Concat(rows.Select((row, i) =>
        $"<tr>{string.Concat(row.Select(cell => headed && i == 0 ? $"<th>{Text(cell)}</th>" : $"<td>{Text(cell)}</td>"))}</tr>\n"))}</table></div>";

    private static string Strip(IEnumerable<(string File, string Caption)> pictures) => $"<div class=\"strip\">{string.Concat(pictures.Select(picture =>
        $"<figure><img alt=\"{Text(picture.Caption)}\" src=\"{Data(picture.File)}\"><figcaption>{Text(picture.Caption)}</figcaption></figure>"))}</div>";

    private static string Data(string file) => "data:image/png;base64," + Convert.ToBase64String(File.ReadAllBytes(file));

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
