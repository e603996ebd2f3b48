using System.Runtime.InteropServices;
using Serilog;

namespace Diffuse.Cli;

/// <summary>The first Ctrl-C (or SIGTERM) asks the job to stop, the second stops the program at once.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;
    private readonly ILogger log;
    private readonly string first;

    /// <param name="log">Told what happens.</param>
    /// <param name="first">What the first signal makes the job do.</param>
    public Interruption(ILogger log, string first)
    {
        (this.log, this.first) = (log, first);
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM];
        registrations = Array.ConvertAll(signals, signal => PosixSignalRegistration.Create(signal, Heed));
    }

    public CancellationToken Stop => source.Token;

    public void Dispose()
    {
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }

        source.Dispose();
    }

    private void Heed(PosixSignalContext signal)
    {
        if (source.IsCancellationRequested)
        {
            return;
        }

        signal.Cancel = true;
        log.Warning("interrupted: {First} (again: stop at once)", first);
        source.Cancel();
    }
}
