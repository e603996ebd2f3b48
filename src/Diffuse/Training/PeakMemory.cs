using System.Diagnostics;
using System.Globalization;

namespace Diffuse.Training;

/// <summary>The most memory that this process had resident.</summary>
internal static class PeakMemory
{
    private const string Status = "/proc/self/status";
    private const string Clear = "/proc/self/clear_refs";

    /// <summary>Forgets earlier peaks, where the system can (Linux).</summary>
    public static void Reset()
    {
        try
        {
            File.WriteAllText(Clear, "5");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Then the peak is that since the process started.
        }
    }

    /// <summary>Bytes.</summary>
    public static long Bytes
    {
        get
        {
            if (!File.Exists(Status))
            {
                using var process = Process.GetCurrentProcess();
                return process.PeakWorkingSet64;
            }

            var line = File.ReadLines(Status).First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
        }
    }
}
