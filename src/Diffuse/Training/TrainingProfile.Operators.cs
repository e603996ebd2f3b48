using Diffuse.Kernels;

namespace Diffuse.Training;

/// <remarks>Compiled with the system's libtorch, which reports what it runs.</remarks>
internal sealed partial record TrainingProfile
{
    static partial void Recorded(Action run, ref IReadOnlyList<(string Name, long Calls, double Seconds)>? operators)
    {
        OperatorTimes.Start();
        try
        {
            run();
        }
        finally
        {
            operators = OperatorTimes.Stop();
        }
    }
}
