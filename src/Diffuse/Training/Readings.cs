using System.Diagnostics;
using static TorchSharp.torch;

namespace Diffuse.Training;

/// <summary>
/// Loss and gradient norm of each step since the last look. They stay on the device until somebody looks, because a look waits for the device.
/// </summary>
/// <param name="diverged">What to throw for a step, counted from 0, in which a number is not finite.</param>
internal sealed class Readings(Func<long, Exception> diverged) : IDisposable
{
    private readonly List<(long Step, Tensor Reading)> steps = [];

    /// <summary>Runs while steps are taken.</summary>
    public Stopwatch Clock { get; } = new();

    /// <summary>Speed since the last look, for steps of this many images.</summary>
    public double ImagesPerSecond(int batch) => steps.Count * batch / Clock.Elapsed.TotalSeconds;

    /// <param name="reading">[2] loss and norm; owned from now on.</param>
    public void Add(long step, Tensor reading) => steps.Add((step, reading.DetachFromDisposeScope()));

    /// <summary>The means since the last look, over at least one step, and the speed.</summary>
    /// <exception cref="Exception">The one for the first step that is not finite.</exception>
    public (double Loss, double GradientNorm, double ImagesPerSecond) Take(int batch)
    {
        Clock.Start();
        var numbers = Look();
        Clock.Stop();
        var speed = ImagesPerSecond(batch);
        Clock.Reset();
        Dispose();
        return (numbers.Average(reading => reading.Loss), numbers.Average(reading => reading.Norm), speed);
    }

    /// <summary>Throws if a step since the last look was not finite.</summary>
    public void Check()
    {
        if (steps.Count > 0)
        {
            Look();
        }
    }

    public void Dispose()
    {
        steps.ForEach(step => step.Reading.Dispose());
        steps.Clear();
    }

    private List<(float Loss, float Norm)> Look()
    {
        using var scope = NewDisposeScope();
        var flat = cat(steps.Select(step => step.Reading).ToList()).cpu().data<float>().ToArray();
        var numbers = flat.Chunk(2).Select(pair => (pair[0], pair[1])).ToList();
        var bad = numbers.FindIndex(reading => !float.IsFinite(reading.Item1) || !float.IsFinite(reading.Item2));
        return bad < 0 ? numbers : throw diverged(steps[bad].Step);
    }
}
