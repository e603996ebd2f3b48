using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>y = x W^T + b.</summary>
public sealed class Linear : Module<Tensor, Tensor>
{
    internal Linear(Parameter weight, Parameter? bias)
        : base(nameof(Linear))
    {
        (out_features, in_features) = (weight.shape[0], weight.shape[1]);
        Set(nameof(weight), weight);
        Set(nameof(bias), bias);
    }

    internal Linear(long inputSize, long outputSize, bool hasBias, Device? device, ScalarType? dtype)
        : base(nameof(Linear))
    {
        (in_features, out_features) = (inputSize, outputSize);
        weight = new Parameter(torch.empty(outputSize, inputSize, dtype, device));
        init.kaiming_uniform_(weight, Math.Sqrt(5));
        if (!hasBias) return;
        bias = new Parameter(torch.empty(outputSize, dtype, device));
        double bound = inputSize > 0 ? 1 / Math.Sqrt(inputSize) : 0;
        init.uniform_(bias, -bound, bound);
    }

    public long in_features { get; set; }

    public long out_features { get; set; }

    public Parameter weight
    {
        get => Get(nameof(weight))!;
        set => Set(nameof(weight), value);
    }

    public Parameter? bias
    {
        get => Get(nameof(bias));
        set => Set(nameof(bias), value);
    }

    public override Tensor forward(Tensor tensor) => functional.linear(tensor, weight, bias);
}

/// <summary>A table of vectors, looked up by index.</summary>
public sealed class Embedding : Module<Tensor, Tensor>
{
    readonly long paddingIndex;
    readonly double? maxNorm;
    readonly double normType;
    readonly bool scaleGrad, sparse;

    internal Embedding(Parameter weight, long? paddingIndex, double? maxNorm, double normType, bool scaleGrad, bool sparse)
        : base(nameof(Embedding))
    {
        Set(nameof(weight), weight);
        this.paddingIndex = paddingIndex is < 0 ? weight.shape[0] + paddingIndex.Value : paddingIndex ?? -1;
        (this.maxNorm, this.normType, this.scaleGrad, this.sparse) = (maxNorm, normType, scaleGrad, sparse);
    }

    public Parameter weight
    {
        get => Get(nameof(weight))!;
        set => Set(nameof(weight), value);
    }

    public override Tensor forward(Tensor input)
    {
        if (maxNorm is { } max) using (no_grad()) Op.embedding_renorm_.Do(weight, input.contiguous(), max, normType);
        return Op.embedding.One(weight, input, paddingIndex, scaleGrad, sparse);
    }
}
