using System.Diagnostics;
using Diffuse.Configuration;
using Diffuse.Training;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace Diffuse.Cli.Output;

/// <summary>
/// What a person sees of a job, on stderr: sentences, and how far it is, as a live line on a terminal and as a line now and then elsewhere.
/// Its result goes to stdout.
/// </summary>
internal sealed class JobConsole : IJobReport, IDisposable
{
    /// <summary>Lines in a file come no faster.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Terminal terminal;
    private readonly LiveLine live;
    private readonly FileSink file = new();
    private readonly Logger log;
    private readonly Stopwatch sinceLine = new();
    private readonly Stopwatch sinceStart = Stopwatch.StartNew();
    private readonly bool verbose;
    private double? validationLoss;
    private string counted = "";

    public JobConsole(Terminal terminal, bool verbose, bool quiet)
    {
        (this.terminal, this.verbose) = (terminal, verbose);
        live = new LiveLine(quiet ? terminal with { IsLive = false } : terminal);
        var least = quiet ? LogEventLevel.Warning : verbose ? LogEventLevel.Debug : LogEventLevel.Information;
        log = new LoggerConfiguration()
            .MinimumLevel.Debug()
            .WriteTo.Sink(new ScreenSink(terminal, live, traces: verbose), least)
            .WriteTo.Sink(file)
            .CreateLogger();
    }

    /// <inheritdoc/>
    public ILogger Log => log;

    /// <summary>Where a developer finds the whole trace of an error of which the screen shows one line.</summary>
    public string WhereTraceIs =>
        verbose ? "the trace follows" : file.IsOpen ? "the trace is in the run's log.txt" : "--verbose shows the trace";

    /// <inheritdoc/>
    public void LogTo(string path) => file.Open(path);

    /// <inheritdoc/>
    public void Step(TrainingProgress progress) => live.Show(width => ProgressText.Of(progress, width));

    /// <summary>A new loss on the held-out images is worth a line on a terminal too.</summary>
    public void Line(TrainingProgress progress)
    {
        var news = progress.ValidationLoss != validationLoss || progress.Images >= progress.Total;
        validationLoss = progress.ValidationLoss;
        log.Write(IsDue(news) ? LogEventLevel.Information : LogEventLevel.Debug, "{Progress}", ProgressText.Of(progress));
    }

    /// <inheritdoc/>
    public void Count(string what, long done, long total)
    {
        if (what != counted)
        {
            counted = what;
            sinceStart.Restart();
        }

        var text = ProgressText.Of(what, done, total, sinceStart.Elapsed);
        live.Show(_ => text);
        if (IsDue(news: false))
        {
            log.Information("{Progress}", text);
        }

        if (done >= total)
        {
            live.Clear();
        }
    }

    /// <summary>The result of the job, on stdout.</summary>
    public void Print(string data)
    {
        live.Clear();
        Console.Out.WriteLine(data);
    }

    public void Dispose()
    {
        live.Clear();
        log.Dispose();
        file.Dispose();
    }

    private bool IsDue(bool news)
    {
        if (!news && (terminal.IsLive || (sinceLine.IsRunning && sinceLine.Elapsed < Interval)))
        {
            return false;
        }

        sinceLine.Restart();
        return true;
    }
}
