using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Display;

namespace Diffuse.Cli.Output;

/// <summary>Log events as plain lines on stderr, above the live line: the message, after "warning:" or "error:" where it is one.</summary>
internal sealed class ScreenSink(Terminal terminal, LiveLine live, bool traces) : ILogEventSink
{
    private const string Red = "\e[31m";
    private const string Yellow = "\e[33m";
    private const string Normal = "\e[0m";

    private static readonly MessageTemplateTextFormatter Message = new("{Message:lj}{NewLine}");

    /// <inheritdoc/>
    public void Emit(LogEvent logEvent) => live.Above(writer =>
    {
        var (word, color) = logEvent.Level switch
        {
            LogEventLevel.Error or LogEventLevel.Fatal => ("error: ", Red),
            LogEventLevel.Warning => ("warning: ", Yellow),
            _ => ("", ""),
        };
        writer.Write(terminal.HasColor && word.Length > 0 ? color + word + Normal : word);
        Message.Format(logEvent, writer);
        if (traces && logEvent.Exception is { } exception)
        {
            writer.WriteLine(exception);
        }
    });
}
