using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Diffuse.Kernels;

/// <summary>What each operator of libtorch costs on this thread, from <see cref="Start"/> to <see cref="Stop"/>.</summary>
public static class OperatorTimes
{
    private static readonly Operator StartOperator = Kernels.Operator("operator_times_start");
    private static readonly Operator StopOperator = Kernels.Operator("operator_times_stop");

    public static void Start() => StartOperator.Do();

    /// <returns>Calls and seconds by operator, without the seconds in operators that it called.</returns>
    public static IReadOnlyList<(string Name, long Calls, double Seconds)> Stop()
    {
        var (names, numbers) = StopOperator.Two();
        using var scope = NewDisposeScope();
        var lines = Encoding.UTF8.GetString(names.data<byte>().ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var rows = numbers.data<double>().ToArray();
        names.Dispose();
        numbers.Dispose();
        return [.. lines.Select((name, i) => (name, (long)rows[2 * i], rows[2 * i + 1]))];
    }
}
