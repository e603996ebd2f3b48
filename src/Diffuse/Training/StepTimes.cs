using System.Diagnostics;
using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Training;

/// <summary>What a training step is made of.</summary>
internal enum StepPart
{
    /// <summary>Waiting for images and moving them to the device.</summary>
    Data,

    /// <summary>The loss, with everything that is drawn for it.</summary>
    Forward,

    Backward,

    /// <summary>The gradient's norm and clipping, the optimizer, the averages, clearing the gradient.</summary>
    Optimizer,
}

/// <summary>Seconds by part of the steps taken with it. On a GPU it waits for the device between the parts, which makes steps slower.</summary>
internal sealed class StepTimes(Device device)
{
    private readonly Dictionary<StepPart, TimeSpan> times = [];
    private readonly Stopwatch clock = new();
    private StepPart? now;

    public IReadOnlyDictionary<StepPart, TimeSpan> Times => times;

    /// <summary>From now on the time is that of another part; null: of none.</summary>
    public void Enter(StepPart? part)
    {
        device.Wait();
        if (now is { } before)
        {
            times[before] = times.GetValueOrDefault(before) + clock.Elapsed;
        }

        now = part;
        clock.Restart();
    }
}
