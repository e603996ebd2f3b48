using Diffuse.Conditions;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Objectives;
using Diffuse.Training;

namespace Diffuse.Jobs;

/// <summary>The captions of a data set, as numbers for a text encoder.</summary>
internal static class Captions
{
    private const int Shown = 64;

    /// <summary>The tokenizer that is trained with the model, on the data's captions unless it is read from files; null where none is.</summary>
    /// <exception cref="ConfigException">Some images have no caption, and the model is told them.</exception>
    public static ITokenizer? Tokenizer(RunConfig config, DataSet data)
    {
        if (!Uses(config))
        {
            return null;
        }

        var without = Enumerable.Range(0, data.Count).Where(index => data.Text(index) is null).ToList();
        return without.Count == 0
            ? Options(config)?.Build([.. Enumerable.Range(0, data.Count).Select(index => data.Text(index)!)])
            : throw new ConfigException($"data.path: {without.Count} of {data.Count} images have no caption, such as {data.Name(without[0])}; allowed: a text for each in metadata.jsonl");
    }

    /// <summary>That of a checkpoint; null likewise.</summary>
    public static ITokenizer? Read(string checkpoint, RunConfig config) =>
        Options(config) is { } options ? BytePairTokenizer.Read(Path.Combine(checkpoint, ModelFolder.Tokenizer), options.Length) : null;

    /// <summary>Whether the model is told captions.</summary>
    public static bool Uses(RunConfig config) => Options(config) is not null || config.Conditions?.OfType<ClipTextOptions>().Any() == true;

    /// <summary>Of the tokenizer that is trained with the model; null where none is.</summary>
    public static TokenizerOptions? Options(RunConfig config) => config.Objective is ContrastiveOptions contrastive
        ? contrastive.Tokenizer
        : config.Conditions?.OfType<CaptionOptions>().FirstOrDefault()?.Tokenizer;

    /// <summary>Distinct captions of held-out images, or of the first.</summary>
    public static IReadOnlyList<string> Examples(DataSet data) =>
        [.. (data.HeldOut.Count > 0 ? data.HeldOut : data.Training).Select(index => data.Text(index)!).Distinct().Take(Shown)];
}
