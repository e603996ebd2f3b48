namespace TorchSharp;

public static partial class torch
{
    /// <summary>Joins along an existing dimension.</summary>
    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => cat([.. tensors], dim);

    public static Tensor cat(ReadOnlySpan<Tensor> tensors, long dim = 0) => cat(tensors.ToArray(), dim);

    public static Tensor cat(Tensor[] tensors, long dim = 0) =>
        tensors.Length > 0 ? Op.cat.One(tensors, dim) : throw new ArgumentException("there is nothing to join", nameof(tensors));

    public static Tensor concat(IList<Tensor> tensors, long dim = 0) => cat(tensors, dim);

    public static Tensor concat(ReadOnlySpan<Tensor> tensors, long dim = 0) => cat(tensors, dim);

    public static Tensor concat(Tensor[] tensors, long dim = 0) => cat(tensors, dim);

    /// <summary>Joins along a new dimension.</summary>
    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => Op.stack.One(tensors.ToArray(), dim);

    public static Tensor hstack(IEnumerable<Tensor> tensors) => Op.hstack.One(tensors.ToArray());

    public static Tensor hstack(IList<Tensor> tensors) => Op.hstack.One(tensors.ToArray());

    public static Tensor hstack(ReadOnlySpan<Tensor> tensors) => Op.hstack.One(tensors.ToArray());

    public static Tensor hstack(params Tensor[] tensors) => Op.hstack.One(tensors);

    public static Tensor vstack(IList<Tensor> tensors) => Op.vstack.One(tensors.ToArray());

    public static Tensor vstack(ReadOnlySpan<Tensor> tensors) => Op.vstack.One(tensors.ToArray());

    public static Tensor vstack(Tensor[] tensors) => Op.vstack.One(tensors);

    /// <summary>Views of one common shape.</summary>
    public static IList<Tensor> broadcast_tensors(params Tensor[] tensors) => Op.broadcast_tensors.Many(tensors);

    public static Tensor block_diag(params Tensor[] tensors) => Op.block_diag.One(tensors);

    /// <summary>Sums of products by Einstein's convention, e.g. "bij,bjk->bik".</summary>
    public static Tensor einsum(string equation, params Tensor[] tensors) => Op.einsum.One(equation, tensors);

    public static long numel(Tensor input) => input.numel();

    public static bool is_floating_point(Tensor input) => IsFloatingPoint(input.dtype);

    public static bool is_floating_point(ScalarType type) => IsFloatingPoint(type);

    /// <summary>Draws with the given mean and standard deviation.</summary>
    public static Tensor normal(
        double mean, double std, ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        Generator? generator = null, string[]? names = null) =>
        randn(size, dtype, device, false, generator, names).mul_(std).add_(mean).requires_grad_(requires_grad);

    public static Tensor normal(Tensor mean, Tensor std, Generator? generator = null) =>
        Op.normal_Tensor_Tensor.One(mean, std, generator);
}
