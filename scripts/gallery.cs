#:property PublishAot=false
// dotnet run gallery.cs -- ROOT [--minutes M] [--out DIR] [--only TEXT]: trains every config under ROOT/configs/<system>/ for M minutes
// (default: as long as each says), samples and evaluates it, and writes DIR/index.html with a picture of each. A config whose run is
// finished in DIR is not trained again, so that the command can be stopped and started at will.
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var root = Path.GetFullPath(args[0]);
string? Option(string name) => Array.IndexOf(args, name) is var i and > 0 && i + 1 < args.Length ? args[i + 1] : null;
var known = new[] { "--minutes", "--out", "--only" };
if (args.Skip(1).Where((_, i) => i % 2 == 0).FirstOrDefault(name => !known.Contains(name)) is { } unknown || args.Length % 2 == 0)
{
    Console.Error.WriteLine("gallery [--minutes M] [--out DIR] [--only TEXT]");
    return 2;
}

var minutes = Option("--minutes");
var folder = Path.GetFullPath(Option("--out") ?? Path.Combine(root, "gallery"));
Directory.CreateDirectory(folder);

var configs = Directory.GetFiles(Path.Combine(root, "configs"), "*.yaml", SearchOption.AllDirectories)
    .Where(file => Path.GetDirectoryName(Path.GetDirectoryName(file)) == Path.Combine(root, "configs"))
    .Where(file => Option("--only") is not { } only || Title(file).Contains(only, StringComparison.OrdinalIgnoreCase))
    .Where(file => Sample(file) is not ["left", "out"])
    .Order(StringComparer.Ordinal).ToList();
var entries = new List<Entry>();
foreach (var config in configs)
{
    Console.Error.WriteLine($"gallery: {Title(config)} ({entries.Count + 1} of {configs.Count})");
    entries.Add(Made(config));
    File.WriteAllText(Path.Combine(folder, "index.html"), Page(entries));
}

Console.WriteLine(Path.Combine(folder, "index.html"));
return entries.TrueForAll(entry => entry.Problem is null) ? 0 : 1;

Entry Made(string config)
{
    var title = Title(config);
    var runs = Path.Combine(folder, "runs", title.Replace(' ', '-'));
    if (!IsFinished(runs))
    {
        string[] time = minutes is null ? [] : ["--set", $"training.duration={minutes}m"];
        var (code, _, error) = Diffuse(["train", "--config", config, "--runs", runs, .. time]);
        if (code != 0)
        {
            return new Entry(title, Problem: error);
        }
    }

    var run = Newest(runs)!;
    var asked = Sample(config);
    var picture = asked is ["nothing"] ? null : title.Replace(' ', '-') + ".png";
    if (picture is not null)
    {
        var drawn = Path.Combine(run, "gallery");
        if (!File.Exists(Path.Combine(drawn, "grid.png")))
        {
            var (code, _, error) = Diffuse(["sample", "--run", run, "--out", drawn, .. asked]);
            if (code != 0)
            {
                return new Entry(title, Problem: error);
            }
        }

        File.Copy(Path.Combine(drawn, "grid.png"), Path.Combine(folder, picture), overwrite: true);
    }

    var loss = JsonDocument.Parse(File.ReadLines(Path.Combine(run, "metrics.jsonl")).Last()).RootElement.GetProperty("loss").GetDouble();
    var (status, json, _) = Diffuse(["eval", "--run", run, "--json"]);
    var measured = status != 0 ? [] : JsonDocument.Parse(json).RootElement.GetProperty("metrics").EnumerateArray()
        .Where(metric => !metric.GetProperty("name").GetString()!.Contains(" at t ")).Select(Text).ToList();
    var counters = Counters(run)!.Value;
    return new Entry(title, picture, counters.GetProperty("images").GetInt64(), counters.GetProperty("seconds").GetDouble() / 60, loss, measured);
}

// What a config's comment asks for, as "# gallery: --restore held-out --count 10", "# gallery: nothing" of a classifier, or "# gallery: left out" where other runs are needed; else 20 images.
static string[] Sample(string config) =>
    File.ReadLines(config).Where(line => line.StartsWith("# gallery: ")).Select(line => line["# gallery: ".Length..].Split(' ')).FirstOrDefault() ?? ["--count", "20"];

static string Text(JsonElement metric)
{
    var interval = metric.TryGetProperty("low", out var low) && low.ValueKind == JsonValueKind.Number
        ? $" ({low.GetDouble():f3} to {metric.GetProperty("high").GetDouble():f3})" : "";
    return $"{metric.GetProperty("name").GetString()} {metric.GetProperty("value").GetDouble():f3}{interval} {metric.GetProperty("unit").GetString()}";
}

static string Title(string config) => $"{Path.GetFileName(Path.GetDirectoryName(config))} {Path.GetFileNameWithoutExtension(config)}";

static string? Newest(string runs) => Directory.Exists(runs) ? Directory.GetDirectories(runs).Order(StringComparer.Ordinal).LastOrDefault() : null;

static bool IsFinished(string runs) => Newest(runs) is { } run && Counters(run) is { } counters
    && counters.GetProperty("images").GetInt64() >= counters.GetProperty("total").GetInt64();

// How far the newest checkpoint is.
static JsonElement? Counters(string run) => Directory.GetFiles(Path.Combine(run, "checkpoints"), "counters.json", SearchOption.AllDirectories)
    .Order(StringComparer.Ordinal).Select(file => (JsonElement?)JsonDocument.Parse(File.ReadAllText(file)).RootElement).LastOrDefault();

(int Code, string Output, string Error) Diffuse(string[] arguments)
{
    var windows = OperatingSystem.IsWindows();
    var start = new ProcessStartInfo(windows ? "powershell" : Path.Combine(root, "scripts", "diffuse"))
    {
        RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = root,
    };
    string[] first = windows ? ["-NoProfile", "-ExecutionPolicy", "Bypass", "-File", Path.Combine(root, "scripts", "diffuse.ps1")] : [];
    foreach (var argument in first.Concat(arguments))
    {
        start.ArgumentList.Add(argument);
    }

    using var process = Process.Start(start)!;
    var error = new List<string>();
    process.ErrorDataReceived += (_, line) =>
    {
        if (line.Data is { } text)
        {
            error.Add(text);
            Console.Error.WriteLine(text);
        }
    };
    process.BeginErrorReadLine();
    var output = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    return (process.ExitCode, output, string.Join("\n", error.TakeLast(5)));
}

static string Page(IEnumerable<Entry> entries) => $$"""
    <!doctype html>
    <html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
    <title>diffuse: every system</title>
    <style>body { font: 16px system-ui, sans-serif; max-width: 900px; margin: 2em auto; padding: 0 1em } img { max-width: 100% } p { color: #444 }</style>
    <h1>Every system, trained by its config</h1>
    {{string.Join("\n", entries.Select(Section))}}
    </html>
    """;

static string Section(Entry entry)
{
    var title = $"<h2>{WebUtility.HtmlEncode(entry.Title)}</h2>";
    return entry.Problem is { } problem
        ? $"{title}\n<p>failed:</p><pre>{WebUtility.HtmlEncode(problem)}</pre>"
        : $"""
          {title}
          {(entry.Picture is { } picture ? $"""<img src="{picture}" alt="samples">""" : "")}
          <p>{entry.Images:n0} images in {entry.Minutes:f1} minutes; training loss {entry.Loss:g4}; {WebUtility.HtmlEncode(string.Join("; ", entry.Metrics ?? []))}</p>
          """;
}

sealed record Entry(
    string Title, string? Picture = null, long Images = 0, double Minutes = 0, double Loss = 0, IReadOnlyList<string>? Metrics = null, string? Problem = null);
