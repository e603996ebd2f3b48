using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>A part of a network that can forget what it computed on the way forward, and compute it again on the way back.</summary>
internal interface IRecomputable
{
    /// <summary>In training; elsewhere it makes no difference.</summary>
    bool Recomputes { get; set; }
}

/// <summary>
/// Gradient checkpointing (Chen et al. 2016, "Training deep nets with sublinear memory cost"): of a block only its inputs are kept until backward, which
/// computes the block once more. The gradients are the same up to the order of sums.
/// </summary>
internal sealed class Recomputed : autograd.SingleTensorFunction<Recomputed>
{
    /// <inheritdoc/>
    public override string Name => nameof(Recomputed);

    /// <param name="block">Of inputs to its output; called twice. Parameters that it uses get their gradients as ever.</param>
    /// <param name="draws">Whether it draws from libtorch's generators (dropout), which then draw the same twice.</param>
    public static Tensor Of(Func<IReadOnlyList<Tensor>, Tensor> block, bool draws, params IReadOnlyList<Tensor> inputs) =>
        apply([draws ? Repeating(block) : block, .. inputs]);

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var inputs = vars.Skip(1).Cast<Tensor>().ToList();
        ctx.save_data("block", vars[0]);
        ctx.save_for_backward(inputs);
        return ((Func<IReadOnlyList<Tensor>, Tensor>)vars[0])(inputs);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        if (is_grad_enabled())
        {
            throw new NotSupportedException("gradient checkpointing: the gradient of a recomputed block cannot be differentiated again");
        }

        using var scope = NewDisposeScope();
        using var recorded = enable_grad();
        var inputs = ctx.get_saved_variables().Select(input => input.detach().requires_grad_(input.requires_grad)).ToList();
        autograd.backward(((Func<IReadOnlyList<Tensor>, Tensor>)ctx.get_data("block"))(inputs), grad_output);
        return [null!, .. inputs.Select(input => input.grad?.MoveToOuterDisposeScope()!)];
    }

    private static Func<IReadOnlyList<Tensor>, Tensor> Repeating(Func<IReadOnlyList<Tensor>, Tensor> block)
    {
        using var drawn = randint(long.MaxValue, 1, dtype: ScalarType.Int64);
        var seed = drawn.item<long>();
        return inputs =>
        {
            using var _ = manual_seed(seed);
            return block(inputs);
        };
    }
}
