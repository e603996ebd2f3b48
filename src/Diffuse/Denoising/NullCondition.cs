using Diffuse.Data;
using static TorchSharp.torch;

namespace Diffuse.Denoising;

/// <summary>
/// What a conditional model is told in place of its conditions. A part that is null here is never withheld: the model was not trained without it.
/// </summary>
/// <param name="Label">K, one past the last class.</param>
/// <param name="Caption">[1, L] int64, the empty text.</param>
/// <param name="Tokens">[1, L, D], what the text encoder makes of the empty text; null: the model encodes <paramref name="Caption"/> itself.</param>
/// <param name="Embedding">[1, D], what takes a vector's place; null: the model makes it of <paramref name="Caption"/>.</param>
/// <param name="Image">For each channel of the image whether zeros take its place.</param>
/// <param name="TokenMask">[1, L] bool, of <paramref name="Tokens"/>.</param>
public sealed record NullCondition(
    int? Label = null, Tensor? Caption = null, Tensor? Tokens = null, Tensor? Embedding = null, IReadOnlyList<bool>? Image = null, Tensor? TokenMask = null)
{
    /// <summary>No condition for any image.</summary>
    public Condition Of(Condition given) => given with
    {
        Label = Label is { } k && given.Label is { } label ? full_like(label, k) : given.Label,
        Caption = Caption is not null && given.Caption is { } caption ? Caption.to(caption.device).expand_as(caption) : given.Caption,
        Tokens = Tokens is not null && given.Tokens is { } tokens ? Tokens.expand_as(tokens) : Caption is null ? given.Tokens : null,
        Embedding = Embedding is not null && given.Embedding is { } embedding ? Embedding.to(embedding.device).expand_as(embedding) : Caption is null ? given.Embedding : null,
        TokenMask = TokenMask is not null && given.TokenMask is { } mask ? TokenMask.expand_as(mask) : given.TokenMask,
        Image = Image is { } channels && given.Image is { } image ? image * Kept(channels, image) : given.Image,
    };

    /// <summary>The condition with that of some images taken away.</summary>
    /// <param name="dropped">One flag per image.</param>
    public Condition Drop(Condition given, bool[] dropped)
    {
        if (!dropped.Contains(true))
        {
            return given;
        }

        var none = Of(given);
        return new(
            Choose(none.Label, given.Label), Choose(none.Tokens, given.Tokens), Choose(none.Embedding, given.Embedding),
            Choose(none.Image, given.Image), given.TokenMask, Choose(none.Caption, given.Caption));

        Tensor? Choose(Tensor? without, Tensor? with) => with is null || ReferenceEquals(without, with)
            ? with
            : where(tensor(dropped, device: with.device).view([with.shape[0], .. Enumerable.Repeat(1L, (int)with.dim() - 1)]), without!, with);
    }

    /// <summary>One batch after the other.</summary>
    public static Condition Join(Condition first, Condition second) => new(
        Join(first.Label, second.Label),
        Join(first.Tokens, second.Tokens),
        Join(first.Embedding, second.Embedding),
        Join(first.Image, second.Image),
        Join(first.TokenMask, second.TokenMask),
        Join(first.Caption, second.Caption));

    private static Tensor? Join(Tensor? first, Tensor? second) => first is null || second is null ? null : cat([first, second], 0);

    private static Tensor Kept(IReadOnlyList<bool> withheld, Tensor like) =>
        tensor(withheld.Select(one => one ? 0f : 1f).ToArray(), [1, withheld.Count, 1, 1], like.dtype, like.device);
}
