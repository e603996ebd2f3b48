using System.CommandLine;
using Diffuse.Configuration;
using Diffuse.Jobs;
using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Benchmarks;

/// <summary>What a model draws, with the noise that it starts from: numbers that another program can be held against.</summary>
internal static class Drawing
{
    public static Command Command()
    {
        var model = new Option<string>("--model") { Required = true };
        var file = new Option<string>("--out") { Description = "a safetensors file: x_T and images, in [-1, 1]", Required = true };
        var steps = new Option<int>("--steps") { DefaultValueFactory = _ => 10 };
        var guidance = new Option<double>("--guidance") { DefaultValueFactory = _ => 1 };
        var prompt = new Option<string?>("--prompt");
        var command = new Command("draw", "Draws two images and writes them with their noise") { model, file, steps, guidance, prompt };
        command.SetAction(parsed => Run(
            parsed.GetValue(model)!, parsed.GetValue(file)!, parsed.GetValue(steps), parsed.GetValue(guidance), parsed.GetValue(prompt)));
        return command;
    }

    private static void Run(string model, string file, int steps, double guidance, string? prompt)
    {
        Machine.UseAllCores();
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        using var loaded = LoadedModel.OpenDenoiser(
            ModelChoice.At(model), [new("--set", "precision", "fp32"), new("--set", "device", "cpu")], Console.Error.WriteLine);
        var plan = loaded.Plan;
        var generation = plan.Generate(plan.Config.Sampling with { Steps = steps, Guidance = guidance });
        var xT = generation.Start([0, 1]);
        var given = Wanted.Of(2, plan, prompts: prompt is null ? null : [prompt]).Given([0, 1]);
        using var stream = File.Create(file);
        SafetensorsWriter.Write(stream, [KeyValuePair.Create("x_T", xT), KeyValuePair.Create("images", generation.Decode(xT, given, default).contiguous())]);
    }
}
