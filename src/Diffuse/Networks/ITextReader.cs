using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>Makes of a text's ids what a network is told: a sequence for cross-attention and a summary.</summary>
public interface ITextReader
{
    /// <summary>D of the sequence.</summary>
    int TokenSize { get; }

    /// <summary>D of the summary.</summary>
    int SummarySize { get; }

    /// <param name="ids">[N, L] int64.</param>
    TextReading Read(Tensor ids);
}

/// <param name="Tokens">[N, L, D].</param>
/// <param name="Summary">[N, D].</param>
/// <param name="Mask">[N, L] bool, true up to each text's end; null: all places count.</param>
public readonly record struct TextReading(Tensor Tokens, Tensor Summary, Tensor? Mask);
