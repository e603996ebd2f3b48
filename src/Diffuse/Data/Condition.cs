using static TorchSharp.torch;

namespace Diffuse.Data;

/// <summary>What the network is told about each image besides x_t and t; null where the model has no such condition.</summary>
/// <param name="Label">[N] int64 in 0..K; K, the number of classes, is the null label.</param>
/// <param name="Tokens">[N, L, D] a sequence for cross-attention.</param>
/// <param name="Embedding">[N, D] a vector.</param>
/// <param name="Image">[N, C, H, W] concatenated to x_t.</param>
/// <param name="TokenMask">[N, L] bool, false where a token is not to be looked at; null: all are.</param>
/// <param name="Caption">[N, L] int64, the text as a tokenizer's numbers; a text encoder makes <paramref name="Tokens"/> of it.</param>
public sealed record Condition(
    Tensor? Label = null, Tensor? Tokens = null, Tensor? Embedding = null, Tensor? Image = null, Tensor? TokenMask = null, Tensor? Caption = null)
{
    public static Condition None { get; } = new();
}

/// <summary>A training batch on the training device.</summary>
/// <param name="Images">[N, C, H, W] float32 in [-1, 1]; or their latents.</param>
/// <param name="Indices">The image's number in its source, for messages that name it.</param>
/// <param name="InPixels">[N, C, H, W] in [-1, 1] where <paramref name="Images"/> are latents and a condition is made of pixels; null otherwise.</param>
public sealed record Batch(Tensor Images, Condition Condition, IReadOnlyList<int> Indices, Tensor? InPixels = null)
{
    /// <summary>[N, C, H, W] in [-1, 1].</summary>
    public Tensor Pixels => InPixels ?? Images;
}
