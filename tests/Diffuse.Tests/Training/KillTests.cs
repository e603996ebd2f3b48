using System.Diagnostics;
using Diffuse.Training;

namespace Diffuse.Tests.Training;

/// <summary>
/// Training in a process of its own, killed with SIGKILL again and again, ends with the bits of a training that nobody disturbed: with
/// dropout, dropped conditions, accumulation, batch statistics, an average and a tensor of the objective's own.
/// </summary>
public sealed class KillTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();

    public void Dispose() => temporary.Dispose();

    [Theory]
    [InlineData("fp32", 1)]
    [InlineData("bf16", 2)]
    public void A_run_killed_at_any_moment_and_started_again_ends_with_the_same_weights(string precision, int seed)
    {
        var random = new Random(seed);
        var (calm, killed) = (NewRun("calm"), NewRun("killed"));
        Finish(calm, precision);

        var caughtWriting = 0;
        for (var kills = 0; kills < 3; kills++)
        {
            Kill(killed, precision, afterSteps: random.Next(1, 25), TimeSpan.FromMilliseconds(20 * random.NextDouble()));
        }

        for (var tries = 0; tries < 4 && caughtWriting < 1; tries++)
        {
            caughtWriting += KillWhileWriting(killed, precision, TimeSpan.FromMilliseconds(5 * random.NextDouble()));
        }

        Assert.True(caughtWriting > 0, "no kill fell into the writing of a checkpoint");
        Finish(killed, precision);
        Same(calm, killed);
    }

    private static void Same(string expected, string actual)
    {
        var (first, second) = (Newest(expected), Newest(actual));
        Assert.Equal(150, first.Step);
        Assert.Equal(first.Step, second.Step);
        foreach (var name in new[] { "weights", "optimizer", "ema", "objective" })
        {
            Assert.Equal(File.ReadAllBytes(first.File($"state/{name}.safetensors")), File.ReadAllBytes(second.File($"state/{name}.safetensors")));
        }
    }

    private static Checkpoint Newest(string run) =>
        new CheckpointFolder(Path.Combine(run, "checkpoints")).Newest(report => Assert.Fail(report)) ?? throw new InvalidOperationException("no checkpoint");

    private string NewRun(string name)
    {
        using var run = RunFolder.Create(temporary["runs"], name);
        return run.Path;
    }

    private static void Finish(string run, string precision)
    {
        using var process = Start(run, precision);
        var steps = process.StandardOutput.ReadToEnd();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors + steps);
    }

    private static void Kill(string run, string precision, int afterSteps, TimeSpan later)
    {
        using var process = Start(run, precision);
        for (var step = 0; step < afterSteps && process.StandardOutput.ReadLine() is not null; step++)
        {
        }

        Kill(process, later);
    }

    /// <returns>1 if the kill left a checkpoint half written.</returns>
    private static int KillWhileWriting(string run, string precision, TimeSpan later)
    {
        using var process = Start(run, precision);
        process.StandardOutput.ReadLine();
        SpinWait.SpinUntil(() => Unfinished(run) || process.HasExited);
        Kill(process, later);
        return Unfinished(run) ? 1 : 0;
    }

    private static void Kill(Process process, TimeSpan later)
    {
        var clock = Stopwatch.StartNew();
        SpinWait.SpinUntil(() => clock.Elapsed >= later);
        process.Kill();
        process.WaitForExit();
    }

    private static bool Unfinished(string run) =>
        Directory.Exists(Path.Combine(run, "checkpoints")) && Directory.EnumerateDirectories(Path.Combine(run, "checkpoints"), ".unfinished-step-*").Any();

    private static Process Start(string run, string precision) => Process.Start(
        new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", ["exec", typeof(TrainingHost).Assembly.Location, run, precision])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
}
