using System.ComponentModel.DataAnnotations;
using Diffuse.Conditions;
using Diffuse.Data;
using Diffuse.Evaluation;
using Diffuse.Latents;
using Diffuse.Networks;
using Diffuse.Objectives;
using Diffuse.Parameterizations;
using Diffuse.Processes;
using Diffuse.Training;

namespace Diffuse.Configuration;

/// <summary>A run config, the YAML file of <c>diffuse train --config</c>: what is trained, on what, how, and how it is sampled.</summary>
internal sealed record RunConfig
{
    /// <summary>Part of the run folder's name; by default the name of the file.</summary>
    public string Name { get; init; } = "";

    /// <summary>Every draw of the run derives from it: initial weights, order, noise, dropout.</summary>
    [Range(0, long.MaxValue)]
    public long Seed { get; init; }

    public DeviceChoice Device { get; init; }

    public PrecisionChoice Precision { get; init; }

    /// <summary>On a GPU, products of float32 numbers in TF32: several times faster, with 10 bits of mantissa in place of 23.</summary>
    public bool Tf32 { get; init; } = true;

    /// <summary>A model to start from, in place of random weights.</summary>
    public StartOptions Model { get; init; } = new();

    public DataOptions Data { get; init; } = new();

    public ProcessOptions Process { get; init; } = new CosineOptions();

    public ParameterizationOptions Parameterization { get; init; } = new VelocityOptions();

    /// <summary>Where diffusion runs: in pixels, or in the latents of an autoencoder.</summary>
    public LatentOptions Latents { get; init; } = new PixelsOptions();

    public NetworkOptions Network { get; init; } = new UNetOptions();

    /// <summary>What the network is told beside x_t and t; null: the class, where the images have labels.</summary>
    public IReadOnlyList<ConditionOptions>? Conditions { get; init; }

    public ObjectiveOptions Objective { get; init; } = new DenoisingOptions();

    public TrainingOptions Training { get; init; } = new();

    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>What <c>diffuse eval</c> measures; null: loss and bits/dim of a denoiser, the accuracy of a classifier.</summary>
    public IReadOnlyList<EvaluatorOptions>? Evaluation { get; init; }

    /// <exception cref="ConfigException">The file cannot be read, or every problem of its text and the overrides.</exception>
    public static RunConfig Read(string file, IReadOnlyList<ConfigOverride> overrides)
    {
        var config = ConfigReader.Read<RunConfig>(ConfigFile.Text(file), file, overrides);
        if (config.Data.Path.Length == 0)
        {
            throw new ConfigException($"{file}: data.path: missing; allowed: a folder of images, a .zip, MNIST's or CIFAR's files");
        }

        return config.Name.Length > 0 ? config : config with { Name = Path.GetFileNameWithoutExtension(file) };
    }

    /// <summary>This config with some of its values replaced.</summary>
    /// <exception cref="ConfigException">Every problem of the overrides.</exception>
    public RunConfig With(IReadOnlyList<ConfigOverride> overrides) => ConfigReader.Read<RunConfig>(Write(), "the config", overrides);

    /// <summary>The YAML with every default written out, which reads back equal.</summary>
    public string Write() => ConfigWriter.Write(this);
}

/// <summary>What training starts from.</summary>
public sealed record StartOptions
{
    /// <summary>
    /// A run, a checkpoint, a folder of diffusers, or a file of OpenAI's or CompVis'; none: random weights. What the model is follows from it: process,
    /// parameterization, latents, network and conditions.
    /// </summary>
    [ConfigPath]
    public string From { get; init; } = "";
}

/// <summary>The arithmetic inside the network's layers.</summary>
public enum PrecisionChoice
{
    /// <summary>bf16 where the device is fast at it, else fp32; the run's own config holds which it became.</summary>
    Auto,

    Fp32,

    Bf16,
}
