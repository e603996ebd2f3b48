using Diffuse.Conditions;
using Diffuse.Configuration;
using Diffuse.Latents;
using Diffuse.Networks;
using Diffuse.Training;

namespace Diffuse.Jobs;

/// <summary><c>model.from</c>: training goes on from the weights of another model.</summary>
internal static class StartingModel
{
    /// <summary>The config with the sections that the model decides. How conditions are withheld in training stays the config's.</summary>
    /// <exception cref="ConfigException">There is no such model, or the config wants another one.</exception>
    public static RunConfig Resolved(RunConfig config, Action<string> report)
    {
        if (config.Model.From.Length == 0)
        {
            return config;
        }

        var model = ConfigException.Of("--model:", "model.from", () => Config(Folder(config), report));
        var plain = new RunConfig();
        return config with
        {
            Process = Chosen("process", config.Process, plain.Process, model.Process),
            Parameterization = Chosen("parameterization", config.Parameterization, plain.Parameterization, model.Parameterization),
            Latents = config.Latents.GetType() == model.Latents.GetType() ? model.Latents : Chosen("latents", config.Latents, plain.Latents, model.Latents),
            Network = Chosen("network", config.Network, plain.Network, model.Network),
            Conditions = Conditions(config.Conditions, model.Conditions),
        };

        T Chosen<T>(string section, T asked, T plain, T decided)
            where T : notnull => Written(asked) == Written(plain) || Written(asked) == Written(decided) ? decided : throw Other(section, Written(decided));

        IReadOnlyList<ConditionOptions>? Conditions(IReadOnlyList<ConditionOptions>? asked, IReadOnlyList<ConditionOptions>? decided) =>
            asked is null ? decided
            : decided is not null && asked.Select(Core).SequenceEqual(decided.Select(Core)) ? [.. asked.Zip(decided, Withheld)]
            : throw Other("conditions", string.Join(Environment.NewLine, (decided ?? []).Select(Written)));

        ConfigException Other(string section, string decided) => new(
            $"{section}: found with model.from, which decides it; allowed: leave it out, or what {config.Model.From} has:{Environment.NewLine}{decided}");
    }

    private static string Written(object section) => $"kind: {Kinds.NameOf(section.GetType())}\n{ConfigWriter.Write(section)}";

    /// <summary>What a condition is to the network, without how it is told in training and where its parts come from.</summary>
    private static string Core(ConditionOptions condition) => Written(condition switch
    {
        CaptionOptions caption => caption with { Dropout = null, WordDropout = 0, Tokenizer = new() { Length = caption.Tokenizer.Length } },
        ClipTextOptions text => text with { Dropout = null, Model = "" },
        ImageEmbeddingOptions embedding => embedding with { Dropout = null, Model = "" },
        var other => other with { Dropout = null },
    });

    private static ConditionOptions Withheld(ConditionOptions asked, ConditionOptions decided) => decided is CaptionOptions caption
        ? caption with { Dropout = asked.Dropout, WordDropout = ((CaptionOptions)asked).WordDropout }
        : decided with { Dropout = asked.Dropout };

    /// <summary>Fills the network, and the text encoder, of a plan whose config is resolved.</summary>
    /// <exception cref="ConfigException">The weights are of another network.</exception>
    public static void Load(RunPlan plan)
    {
        if (plan.Config.Model.From.Length == 0)
        {
            return;
        }

        try
        {
            LoadedModel.LoadWeights(plan, Folder(plan.Config));
        }
        catch (InvalidDataException other)
        {
            throw new ConfigException($"model.from: {other.Message}");
        }
    }

    private static string Folder(RunConfig config) => ConfigException.Of("--model:", "model.from", () => LoadedModel.FolderOf(ModelChoice.At(config.Model.From), _ => { }));

    /// <summary>What the checkpoint was trained with; copies in it stand in for what it names.</summary>
    private static RunConfig Config(string path, Action<string> report)
    {
        var card = Path.Combine(path, ModelCard.FileName);
        if (!File.Exists(card))
        {
            return PublishedModel.Read(path, [], report).Config;
        }

        var read = ModelCard.Read(card);
        var config = read.Resolve(card, []);
        return config with
        {
            Latents = config.Latents switch
            {
                AutoencoderLatentOptions latents => latents with { Model = path, Scale = ScaleOf(path) },
                ClipLatentOptions latents => latents with { Model = path },
                var pixels => pixels,
            },
            Network = config.Network is PublishedUNetOptions published ? published with { Model = path } : config.Network,
            Conditions = config.Conditions?.Select(condition => condition switch
            {
                CaptionOptions caption => caption with { Tokenizer = caption.Tokenizer with { Path = Path.Combine(path, ModelFolder.Tokenizer) } },
                ClipTextOptions text => text with { Model = path },
                ImageEmbeddingOptions embedding => embedding with { Model = path },
                var other => other,
            }).ToList(),
        };
    }

    private static double ScaleOf(string path)
    {
        var (config, weights) = Published.Autoencoder(path);
        weights.Dispose();
        return config.ScalingFactor;
    }
}
