using Diffuse.Data;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>What stands behind a residual block: attention of the pixels to each other, and to what the network is told.</summary>
internal abstract class SpatialAttention(string name) : nn.Module(name)
{
    /// <param name="x">[N, C, H, W].</param>
    public abstract Tensor Apply(Tensor x, Condition given);
}

/// <summary>
/// softmax(q k^T / sqrt d) v in heads of d channels (Vaswani et al. 2017). In self-attention keys and values are of x; in cross-attention of a
/// sequence that the network is told (Rombach et al. 2022, section 3.3): queries come from the image, keys and values from the condition.
/// </summary>
internal sealed partial class Attention : nn.Module
{
    private readonly Linear query;
    private readonly Linear key;
    private readonly Linear value;
    private readonly Linear output;
    private readonly int heads;

    /// <param name="told">Size of what keys and values are made of.</param>
    /// <param name="withBias">Of queries, keys and values.</param>
    public Attention(int channels, int told, int heads, Precision precision, Generator? generator, bool withBias = false)
        : base(nameof(Attention))
    {
        this.heads = heads;
        register_module("to_q", query = new Linear(channels, channels, precision, generator, withBias: withBias));
        register_module("to_k", key = new Linear(told, channels, precision, generator, withBias: withBias));
        register_module("to_v", value = new Linear(told, channels, precision, generator, withBias: withBias));
        output = new Linear(channels, channels, precision, generator);
        register_module("to_out", new ModuleList<Linear>(output));
    }

    /// <param name="x">[N, L, C].</param>
    /// <param name="told">[N, M, D].</param>
    /// <param name="mask">[N, M] bool, false where x does not look; null: everywhere.</param>
    /// <param name="added">[L, M] added to all logits; null for none.</param>
    public Tensor Apply(Tensor x, Tensor told, Tensor? mask = null, Tensor? added = null) =>
        output.call(Attend(query.call(x), key.call(told), value.call(told), heads, mask, added));

    /// <summary>[N, L, C] of queries [N, L, C], keys and values [N, M, C].</summary>
    /// <param name="mask">[N, M] bool, false where nothing looks; null: everywhere.</param>
    /// <param name="added">[L, M] added to all logits; null for none.</param>
    public static Tensor Attend(Tensor q, Tensor k, Tensor v, int heads, Tensor? mask = null, Tensor? added = null)
    {
        using var scope = NewDisposeScope(); // the logits are the largest tensors of a network
        var scale = Math.Pow((double)q.shape[2] / heads, -0.5);
        var closed = mask is null ? null : (mask.to(q.dtype) - 1) * 10000;
        Tensor? fused = null;
        if (added is null)
        {
            Fused(q, k, v, heads, scale, closed, ref fused);
        }

        return (fused ?? Composed(q, k, v, heads, scale, closed, added)).MoveToOuterDisposeScope();
    }

    /// <summary>One operation instead of several, where there is one for this type and device.</summary>
    /// <param name="closed">[N, M] added to the logits of each query; null for none.</param>
    static partial void Fused(Tensor q, Tensor k, Tensor v, int heads, double scale, Tensor? closed, ref Tensor? y);

    private static Tensor Composed(Tensor q, Tensor k, Tensor v, int heads, double scale, Tensor? closed, Tensor? added)
    {
        var (n, length, c) = (q.shape[0], q.shape[1], q.shape[2]);
        var logits = Heads(q * scale).bmm(Heads(k).transpose(1, 2));                                              // [N heads, L, M]
        logits = added is null ? logits : logits + added.to(logits.dtype);
        logits = closed is null ? logits : logits + closed.repeat_interleave(heads, 0).unsqueeze(1);
        var attended = logits.softmax(-1).bmm(Heads(v));                                                          // [N heads, L, d]
        return heads == 1 ? attended : attended.view(n, heads, length, c / heads).transpose(1, 2).reshape(n, length, c);

        Tensor Heads(Tensor t) => heads == 1                                                                       // [N, M, C] to [N heads, M, d]
            ? t
            : t.view(n, t.shape[1], heads, c / heads).transpose(1, 2).reshape(n * heads, t.shape[1], c / heads);
    }
}
