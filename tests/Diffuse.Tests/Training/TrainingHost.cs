using Diffuse.Numerics;
using Diffuse.Training;
using static TorchSharp.torch;

namespace Diffuse.Tests.Training;

/// <summary>The test assembly started as a program: trains the tiny model in a run folder, to be killed.</summary>
internal static class TrainingHost
{
    /// <summary>Makes the writing of a checkpoint long enough to be hit.</summary>
    private const int Ballast = 4_000_000;

    private static readonly TrainingOptions options = new()
    {
        Duration = TrainingDuration.Of(new ImageCount(1800)),
        Batch = 12,
        Accumulate = 3,
        LearningRate = 0.01,
        Warmup = new(200),
        EmaHalfLife = new(300),
        CheckpointEvery = new(120),
        ValidateEvery = new(240),
        LogEvery = new(120),
    };

    /// <summary>Tells the number of each step on standard output.</summary>
    /// <param name="args">The run folder; fp32 or bf16.</param>
    public static void Main(string[] args)
    {
        using var objective = new TinyObjective(bf16: args[1] == "bf16");
        using var run = RunFolder.Open(args[0]);
        using var trainer = new Trainer(options, 7, objective, TinyData.Create(), CPU, run)
        {
            Content = new CheckpointContent([], new Dictionary<string, string> { ["ballast"] = new('x', Ballast) }),
            Progress = progress => Console.WriteLine(progress.Step),
        };
        trainer.Run(CancellationToken.None);
    }
}
