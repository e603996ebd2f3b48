using Diffuse.Conditions;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Objectives;

namespace Diffuse.Jobs;

/// <summary>The captions of a data set, as numbers for a text encoder.</summary>
internal static class Captions
{
    /// <summary>The tokenizer's folder in a checkpoint.</summary>
    public const string Folder = "tokenizer";

    private const int Shown = 64;

    /// <summary>The tokenizer that the config asks for, trained on the data's captions unless it is read from files; null where nothing is told by text.</summary>
    /// <exception cref="ConfigException">Some images have no caption.</exception>
    public static ITokenizer? Tokenizer(RunConfig config, DataSet data)
    {
        if (Options(config) is not { } options)
        {
            return null;
        }

        var without = Enumerable.Range(0, data.Count).Where(index => data.Text(index) is null).ToList();
        return without.Count == 0
            ? options.Build([.. Enumerable.Range(0, data.Count).Select(index => data.Text(index)!)])
            : throw new ConfigException($"data.path: {without.Count} of {data.Count} images have no caption, such as {data.Name(without[0])}; allowed: a text for each in metadata.jsonl");
    }

    /// <summary>That of a checkpoint.</summary>
    public static ITokenizer Read(string folder, RunConfig config) => BytePairTokenizer.Read(folder, Options(config)!.Length);

    private static TokenizerOptions? Options(RunConfig config) => config.Objective is ContrastiveOptions contrastive
        ? contrastive.Tokenizer
        : config.Conditions?.OfType<CaptionOptions>().FirstOrDefault()?.Tokenizer;

    /// <summary>Distinct captions of held-out images, or of the first.</summary>
    public static IReadOnlyList<string> Examples(DataSet data) =>
        [.. (data.HeldOut.Count > 0 ? data.HeldOut : data.Training).Select(index => data.Text(index)!).Distinct().Take(Shown)];
}
