using System.Text.Json;
using System.Text.RegularExpressions;
using Diffuse.Cli.Tests.Support;

namespace Diffuse.Cli.Tests;

/// <summary>Settings tried together, averages of the weights over other lengths, and the page with everything.</summary>
public sealed class ReportTests
{
    [Fact]
    public void A_sweep_tries_every_combination_and_a_report_shows_it()
    {
        using var tiny = new TinyRun();
        tiny.Train("--set", "training.snapshot_every=32", "--set", "training.sample_every=64").Succeeded();
        var judge = tiny.Judge();
        Assert.Equal(["000000032", "000000064", "000000096", "000000128"], Directory.GetFiles(Path.Combine(tiny.Path0, "snapshots")).Select(Path.GetFileNameWithoutExtension).Order());

        string[] sweep = ["eval", "--run", "0", "--samples", "12", "--features", judge, "--sweep", "steps=2,3", "ema=0.05,0.2", "--set", "evaluation=[validation-loss]"];
        var result = tiny.Run([.. sweep, "--report", "--json"]).Succeeded();
        using var json = JsonDocument.Parse(result.Output);
        var rows = json.RootElement.GetProperty("sweep").GetProperty("rows").EnumerateArray().ToList();
        Assert.Equal(["2 0.05", "2 0.2", "3 0.05", "3 0.2"], rows.Select(row => string.Join(' ', row.GetProperty("values").EnumerateArray().Select(value => value.GetString()))));
        Assert.Equal(4, rows.Select(row => row.GetProperty("metrics")[0].GetProperty("value").GetDouble()).Distinct().Count());

        // The same again is read, not drawn; for people it is a table with a verdict.
        var text = tiny.Run(sweep).Succeeded().Output;
        Assert.Matches(@"steps +ema +evaluations +fd\[classifier judge\]", text);
        Assert.Contains("lowest fd[classifier judge]: steps ", text);

        var page = File.ReadAllText(Path.Combine(tiny.Path0, "eval", "report.html"));
        foreach (var expected in (string[])["<h2>Metrics</h2>", "<h2>Settings</h2>", "loss in training", "held-out loss by time", "by steps, ema", "after 128 images", "Nearest training images", "held_out: 16", "libtorch"])
        {
            Assert.Contains(expected, page);
        }

        // Nothing comes from elsewhere, and nothing runs.
        Assert.DoesNotMatch(new Regex("<script|https?://(?!www\\.w3\\.org)|src=\"(?!data:)|@import|url\\("), page);
        Assert.All(["training.png", "by-time.png", "sweep.png"], name => Assert.True(File.Exists(Path.Combine(tiny.Path0, "eval", name))));
    }

    [Fact]
    public void What_a_sweep_or_a_report_lacks_is_said()
    {
        using var tiny = new TinyRun();
        tiny.Train().Succeeded();
        Assert.Contains("--sweep: found without --samples", Error("--sweep", "steps=2"));
        Assert.Contains("--sweep: found 'steps'; allowed: a setting and its values", Error("--samples", "12", "--sweep", "steps"));
        Assert.Contains("--sweep: found steps twice", Error("--samples", "12", "--sweep", "steps=2", "steps=3"));
        Assert.Contains("stepz", Error("--samples", "12", "--features", tiny.Judge(), "--sweep", "stepz=2,3"));
        Assert.Contains("--ema: found '0.5'; allowed: a share of the training above 0", Error("--ema", "0.5"));
        Assert.Contains("holds no snapshots of averages; allowed: a run that was trained with training.snapshot_every", Error("--ema", "0.1"));
        Assert.Contains("--out: found neither --images nor --report", Error("--out", "there"));
        Assert.Contains("--dims: found without --features", Error("--samples", "12", "--dims", "64"));

        string Error(params string[] more) => tiny.Run(["eval", "--run", "0", .. more]).Failed(2).Error;
    }
}
