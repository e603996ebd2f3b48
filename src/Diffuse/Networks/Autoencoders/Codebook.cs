using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>
/// Latents as the nearest rows of a table (van den Oord et al. 2017, section 3.1). The gradient passes straight through; the table learns by its own
/// term, which draws its rows to the latents.
/// </summary>
public sealed class Codebook : nn.Module
{
    private const double Beta = 0.25;

    private readonly Embedding embedding;

    public Codebook(int rows, int size, Generator? generator)
        : base(nameof(Codebook)) => register_module("embedding", embedding = new Embedding(rows, size, generator));

    /// <summary>[K, D].</summary>
    public Parameter Table => embedding.Table;

    /// <param name="z">[N, D, h, w].</param>
    /// <returns>The quantized latents with the gradient of z, the same with that of the table, and the indices [N, h, w] of their rows.</returns>
    public (Tensor Latents, Tensor Rows, Tensor Indices) Quantize(Tensor z)
    {
        using var scope = NewDisposeScope();
        var flat = z.permute(0, 2, 3, 1).reshape(-1, z.shape[1]);                                          // [N h w, D]
        Tensor indices;
        using (no_grad())
        {
            var distances = flat.square().sum(1).unsqueeze(1) + Table.square().sum(1).unsqueeze(0) - 2 * flat.mm(Table.t());
            indices = distances.argmin(1);
        }

        var rows = Table.index_select(0, indices).view(z.shape[0], z.shape[2], z.shape[3], z.shape[1]).permute(0, 3, 1, 2);
        var through = z + (rows - z).detach();
        return (through.MoveToOuterDisposeScope(), rows.MoveToOuterDisposeScope(), indices.view(z.shape[0], z.shape[2], z.shape[3]).MoveToOuterDisposeScope());
    }

    /// <summary>[N], mean (sg(rows) - z)^2 + beta mean (rows - sg(z))^2: what draws latents to the table, and the table to latents.</summary>
    public static Tensor Commitment(Tensor z, Tensor rows) =>
        (rows.detach() - z).square().flatten(1).mean([1]) + Beta * (rows - z.detach()).square().flatten(1).mean([1]);
}
