using Diffuse.Data;
using static TorchSharp.torch;

namespace Diffuse.Denoising;

/// <summary>What a conditional model is told in place of a condition: label K, one past the last class.</summary>
/// <param name="Label">K.</param>
public sealed record NullCondition(int Label)
{
    /// <summary>No condition for any image.</summary>
    public Condition Of(Condition given) => given with { Label = given.Label is { } label ? full_like(label, Label) : null };

    /// <summary>The condition with that of some images taken away.</summary>
    /// <param name="dropped">One flag per image.</param>
    public Condition Drop(Condition given, bool[] dropped) => given.Label is { } label && dropped.Contains(true)
        ? given with { Label = where(tensor(dropped, device: label.device), full_like(label, Label), label) }
        : given;

    /// <summary>One batch after the other.</summary>
    public static Condition Join(Condition first, Condition second) => new(
        Join(first.Label, second.Label),
        Join(first.Tokens, second.Tokens),
        Join(first.Embedding, second.Embedding),
        Join(first.Image, second.Image),
        Join(first.TokenMask, second.TokenMask),
        Join(first.Caption, second.Caption));

    private static Tensor? Join(Tensor? first, Tensor? second) => first is null || second is null ? null : cat([first, second], 0);
}
