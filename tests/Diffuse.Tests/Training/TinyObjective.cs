using Diffuse.Data;
using Diffuse.Numerics;
using Diffuse.Objectives;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Tests.Training;

/// <summary>
/// All that can go wrong with an exact resume in a few hundred weights: a dropped condition, noise, dropout, bf16 arithmetic, a buffer that
/// changes with every forward pass, and a tensor of the objective's own.
/// </summary>
internal sealed class TinyObjective : IObjective, IDisposable
{
    private readonly TinyNetwork network;
    private readonly Tensor seen = zeros(1, ScalarType.Float64).DetachFromDisposeScope();

    public TinyObjective(long seed = 3, double dropout = 0.2, bool bf16 = false) => network = new TinyNetwork(seed, dropout, bf16);

    public nn.Module Trainable => network;

    public IReadOnlyDictionary<string, Tensor> State => new Dictionary<string, Tensor> { ["seen"] = seen };

    /// <summary>Called with each batch before its loss.</summary>
    public Action<Batch> OnBatch { get; set; } = _ => { };

    public Tensor Loss(Batch batch, INoise z, Random random)
    {
        OnBatch(batch);
        var x0 = batch.Images.flatten(1);
        var keep = Enumerable.Range(0, (int)x0.shape[0]).Select(_ => random.NextDouble() < 0.8 ? 1f : 0f).ToArray();
        var time = (float)random.NextDouble();
        var noise = z.Normal(x0);
        var condition = batch.Condition.Label!.to(ScalarType.Float32) * tensor(keep);
        var predicted = network.call(x0 * (1 - time) + noise * time, condition.unsqueeze(1) / 10);
        using (no_grad())
        {
            seen.add_(time * batch.Indices.Sum());
        }

        return (predicted - noise).square().mean([1]);
    }

    public void Dispose()
    {
        network.Dispose();
        seen.Dispose();
    }
}

internal sealed class TinyNetwork : nn.Module<Tensor, Tensor, Tensor>
{
    public const int Width = 16;

    private readonly Linear first = nn.Linear(Width + 1, 24);
    private readonly Dropout dropout;
    private readonly Linear last = nn.Linear(24, Width, hasBias: false);
    private readonly Tensor average = zeros(24);
    private readonly bool bf16;

    public TinyNetwork(long seed, double dropout, bool bf16) : base("tiny")
    {
        this.dropout = nn.Dropout(dropout);
        this.bf16 = bf16;
        register_buffer("average", average);
        RegisterComponents();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator((ulong)seed);
        foreach (var parameter in parameters())
        {
            parameter.copy_(randn(parameter.shape, generator: generator) * 0.3);
        }
    }

    public override Tensor forward(Tensor x, Tensor condition)
    {
        var h = Multiply(first, cat([x, condition], 1)).tanh();
        var shifted = h - average * 0.1;
        if (training)
        {
            using var _ = no_grad();
            average.mul_(0.9).add_(h.detach().mean([0]), alpha: 0.1);
        }

        return Multiply(last, dropout.call(shifted));
    }

    private Tensor Multiply(Linear layer, Tensor x) => bf16
        ? nn.functional.linear(x.to(ScalarType.BFloat16), layer.weight!.to(ScalarType.BFloat16), layer.bias?.to(ScalarType.BFloat16)).to(ScalarType.Float32)
        : layer.call(x);
}
