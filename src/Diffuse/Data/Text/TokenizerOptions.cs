using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;

namespace Diffuse.Data;

/// <summary>How a config says how texts become numbers.</summary>
public sealed record TokenizerOptions
{
    /// <summary>A folder with vocab.json and merges.txt, as Hugging Face's CLIPTokenizer has them; none: learned from the captions of the data.</summary>
    [ConfigPath]
    public string Path { get; init; } = "";

    /// <summary>Tokens that are learned, at most.</summary>
    [Range(BytePairTraining.LeastTokens, 1_000_000)]
    public int Vocabulary { get; init; } = 2000;

    /// <summary>Tokens of a text, start and end included; longer texts are cut.</summary>
    [Range(3, 1024)]
    public int Length { get; init; } = 16;

    /// <summary>The token that fills up short texts; null: as the folder says, or the first of all.</summary>
    public string? Padding { get; init; }

    /// <exception cref="ConfigException">The folder holds no tokenizer.</exception>
    public ITokenizer Build(IReadOnlyList<string> captions)
    {
        if (Path.Length == 0)
        {
            return new BytePairTokenizer(BytePairTraining.Merges(captions, Vocabulary), Length);
        }

        try
        {
            return BytePairTokenizer.Read(Path, Length, Padding);
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new ConfigException($"tokenizer.path: {broken.Message}; allowed: a folder with {BytePairTokenizer.VocabularyFile} and {BytePairTokenizer.MergesFile}");
        }
    }
}
