using System.Diagnostics;
using System.Text;

namespace Diffuse.Cli.Tests.Support;

/// <summary>A process of the program while it runs. Disposing of it ends it.</summary>
internal sealed class RunningCli : IDisposable
{
    private readonly Process process;
    private readonly string line;
    private readonly StringBuilder error = new();
    private readonly Task<string> output;
    private readonly Task errors;

    public RunningCli(Process process, string line)
    {
        (this.process, this.line) = (process, line);
        output = process.StandardOutput.ReadToEndAsync();
        errors = Task.Run(ReadErrors);
    }

    public string Error
    {
        get
        {
            lock (error)
            {
                return error.ToString();
            }
        }
    }

    /// <summary>Waits until stderr holds a text; false where the process ended, or the time did, before.</summary>
    public bool Says(string text, TimeSpan timeout)
    {
        var clock = Stopwatch.StartNew();
        while (!Error.Contains(text, StringComparison.Ordinal) && clock.Elapsed < timeout && !process.HasExited)
        {
            process.WaitForExit(20);
        }

        return Error.Contains(text, StringComparison.Ordinal);
    }

    /// <summary>Ctrl-C, where there are signals.</summary>
    public void Interrupt()
    {
        using var kill = Process.Start("kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>SIGKILL: nothing can be saved.</summary>
    public void Kill() => process.Kill();

    public CliResult Wait(TimeSpan timeout)
    {
        Assert.True(process.WaitForExit(timeout), $"diffuse {line}: not done after {timeout.TotalSeconds:0} s\n{Error}");
        errors.Wait(timeout);
        return new CliResult(line, process.ExitCode, output.Result, Error);
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
    }

    private void ReadErrors()
    {
        while (process.StandardError.ReadLine() is { } next)
        {
            lock (error)
            {
                error.Append(next).Append('\n');
            }
        }
    }
}
