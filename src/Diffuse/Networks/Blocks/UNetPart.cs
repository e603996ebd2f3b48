using Diffuse.Data;
using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>A size of a U-Net on its way down or up, or its middle: layers that gradient checkpointing may compute again one by one.</summary>
/// <param name="dropout">Of its residual blocks.</param>
internal abstract class UNetPart(string name, double dropout) : nn.Module(name), IRecomputable
{
    /// <inheritdoc/>
    public bool Recomputes { get; set; }

    /// <summary>layer(x, embedding, given) of the images beside each other. What is kept of it for backward is what it is given here, or all it computes.</summary>
    protected Tensor Layer(Func<Tensor, Tensor, Condition, Tensor> layer, Tensor embedding, Condition given, params Tensor[] images)
    {
        Tensor[] inputs = [.. images, embedding, .. given.Tokens is { } tokens ? [tokens] : Array.Empty<Tensor>()];
        return Recomputes && training ? Recomputed.Of(Compute, draws: dropout > 0, inputs) : Compute(inputs);

        Tensor Compute(IReadOnlyList<Tensor> inputs)
        {
            using var scope = NewDisposeScope();
            var x = images.Length == 1 ? inputs[0] : cat([.. inputs.Take(images.Length)], 1);
            var told = given.Tokens is null ? given : given with { Tokens = inputs[^1] };
            return layer(x, inputs[images.Length], told).MoveToOuterDisposeScope();
        }
    }
}
