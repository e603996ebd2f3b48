namespace Diffuse.Data;

/// <summary>Texts as the numbers that a text encoder reads.</summary>
public interface ITokenizer
{
    /// <summary>Ids of the text between start and end token, filled up or cut to the context length.</summary>
    IReadOnlyList<int> Encode(string text);

    /// <summary>What a checkpoint keeps of it: file names and contents.</summary>
    IReadOnlyDictionary<string, string> Files { get; }
}
