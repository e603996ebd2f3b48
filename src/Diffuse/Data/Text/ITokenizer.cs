namespace Diffuse.Data;

/// <summary>Texts as the numbers that a text encoder reads.</summary>
public interface ITokenizer
{
    /// <summary>L, the numbers of a text.</summary>
    int Length { get; }

    /// <summary>Different numbers, 0..Count-1.</summary>
    int Count { get; }

    /// <summary>Ids of the text between start and end, filled up with 0 or cut to L.</summary>
    IReadOnlyList<int> Encode(string text);

    /// <summary>Ids of a text as <see cref="Encode"/> gives them, with some of its words left out, but not all.</summary>
    /// <param name="drop">Asked once for each word whether to leave it out.</param>
    IReadOnlyList<int> Thinned(IReadOnlyList<int> ids, Func<bool> drop);

    /// <summary>What a checkpoint keeps of it: file names and contents.</summary>
    IReadOnlyDictionary<string, string> Files { get; }
}
