using System.Runtime.InteropServices;
using Diffuse.Cli.Output;
using Diffuse.Configuration;
using Diffuse.Training;

namespace Diffuse.Cli;

/// <summary>What ended a job, told in one line (a bad config: a line for each problem) and as an exit code.</summary>
internal static class Failure
{
    public static int Tell(Exception failure, JobConsole console)
    {
        var (code, lines) = failure switch
        {
            ConfigException bad => (ExitCode.Usage, bad.Problems),
            DivergedException => (ExitCode.Diverged, [failure.Message]),
            OperationCanceledException => (ExitCode.Interrupted, []),
            IOException or UnauthorizedAccessException or InvalidDataException or ExternalException or OutOfMemoryException
                => (ExitCode.Failure, [OneLine(failure)]),
            _ => (ExitCode.Failure, [$"internal error: {failure.GetType().Name}: {OneLine(failure)} ({console.WhereTraceIs})"]),
        };
        foreach (var line in lines)
        {
            console.Log.Error("{Problem}", line);
        }

        console.Log.Debug(failure, "the trace");
        return code;
    }

    /// <summary>The first line: messages of native libraries go on with a trace of their own.</summary>
    private static string OneLine(Exception failure) => failure.Message.AsSpan().EnumerateLines() is var lines && lines.MoveNext()
        ? lines.Current.ToString()
        : failure.GetType().Name;
}
