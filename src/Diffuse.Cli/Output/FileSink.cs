using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace Diffuse.Cli.Output;

/// <summary>The run's log.txt. What is told before the run has a folder is held back and written first.</summary>
internal sealed class FileSink : ILogEventSink, IDisposable
{
    private const string Line = "{Timestamp:yyyy-MM-dd HH:mm:ss zzz} [{Level:u3}] {Message:lj}{NewLine}{Exception}";

    private readonly Lock gate = new();
    private readonly List<LogEvent> early = [];
    private Logger? file;

    public bool IsOpen => file is not null;

    public void Open(string path)
    {
        lock (gate)
        {
            file?.Dispose();
            file = new LoggerConfiguration()
                .MinimumLevel.Verbose()
                .WriteTo.File(path, outputTemplate: Line, fileSizeLimitBytes: null)
                .CreateLogger();
            early.ForEach(file.Write);
            early.Clear();
        }
    }

    /// <inheritdoc/>
    public void Emit(LogEvent logEvent)
    {
        lock (gate)
        {
            if (file is null)
            {
                early.Add(logEvent);
            }
            else
            {
                file.Write(logEvent);
            }
        }
    }

    public void Dispose() => file?.Dispose();
}
