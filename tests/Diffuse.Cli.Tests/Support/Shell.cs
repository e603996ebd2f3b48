using System.Diagnostics;

namespace Diffuse.Cli.Tests.Support;

/// <summary>The program as a person or a script runs it: a process with arguments, two streams and an exit code.</summary>
internal static class Shell
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Runs to the end in a folder of its own choice.</summary>
    /// <param name="folder">The current folder; by default that of the tests.</param>
    /// <param name="timeout">After which the process is killed and the test fails.</param>
    public static CliResult Run(IReadOnlyList<string> args, string? folder = null, string? input = null, TimeSpan? timeout = null)
    {
        using var running = Start(args, folder, input);
        return running.Wait(timeout ?? Patience);
    }

    /// <summary>Starts it, for tests that interrupt.</summary>
    public static RunningCli Start(IReadOnlyList<string> args, string? folder = null, string? input = null)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            WorkingDirectory = folder ?? AppContext.BaseDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "diffuse.dll"));
        args.ToList().ForEach(start.ArgumentList.Add);
        var process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        return new RunningCli(process, string.Join(' ', args));
    }
}

internal sealed record CliResult(string Line, int ExitCode, string Output, string Error)
{
    public IReadOnlyList<string> Errors => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>It failed in order: with this code, nothing on stdout and no stack trace.</summary>
    public CliResult Failed(int code)
    {
        Assert.True(code == ExitCode, $"diffuse {Line}: exit code {ExitCode}, expected {code}\n{Error}");
        Assert.Equal("", Output);
        Assert.DoesNotContain("   at ", Error);
        Assert.DoesNotContain("internal error", Error);
        return this;
    }

    public CliResult Succeeded()
    {
        Assert.True(ExitCode == 0, $"diffuse {Line}: exit code {ExitCode}\n{Error}");
        return this;
    }
}
