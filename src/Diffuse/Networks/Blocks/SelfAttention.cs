using Diffuse.Data;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>
/// x + out(softmax(q k^T / sqrt d) v) over the pixels, in heads of d channels; q, k and v are linear in norm(x). [N, C, H, W] to the same.
/// </summary>
internal sealed class SelfAttention : SpatialAttention
{
    private readonly GroupNorm? norm;
    private readonly Linear query;
    private readonly Linear key;
    private readonly Linear value;
    private readonly Linear output;
    private readonly int heads;
    private readonly double divisor;

    /// <param name="groups">Null: no norm.</param>
    /// <param name="divisor">The sum is divided by it.</param>
    public SelfAttention(int channels, int heads, int? groups, double eps, Precision precision, Generator? generator, double divisor = 1)
        : base(nameof(SelfAttention))
    {
        this.heads = heads;
        this.divisor = divisor;
        if (groups is { } count)
        {
            register_module("group_norm", norm = new GroupNorm(channels, count, eps));
        }

        register_module("to_q", query = new Linear(channels, channels, precision, generator));
        register_module("to_k", key = new Linear(channels, channels, precision, generator));
        register_module("to_v", value = new Linear(channels, channels, precision, generator));
        output = new Linear(channels, channels, precision, generator, zero: true);
        register_module("to_out", new ModuleList<Linear>(output));
    }

    /// <inheritdoc/>
    public override Tensor Apply(Tensor x, Condition given)
    {
        using var scope = NewDisposeScope();
        var (n, c, height, width) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        var rows = ChannelsLast.Rows(norm is null ? x : norm.Normalize(x)).reshape(n, height * width, c);
        var attended = Attention.Attend(query.call(rows), key.call(rows), value.call(rows), heads);
        var h = x + ChannelsLast.Image(output.call(attended).view(n, height, width, c));
        return (divisor == 1 ? h : h / divisor).MoveToOuterDisposeScope();
    }
}
