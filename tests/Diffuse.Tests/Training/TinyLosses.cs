using Diffuse.Data;
using Diffuse.Numerics;
using Diffuse.Objectives;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Tests.Training;

/// <summary>(w . x)^2 of each image: nothing random about it.</summary>
internal sealed class TinyLoss : IObjective
{
    private readonly Linear linear = Filled(nn.Linear(16, 1, hasBias: false));

    public nn.Module Trainable => linear;

    public Tensor Loss(Batch batch, INoise z, Random random) => linear.call(batch.Images.flatten(1)).squeeze(1).square();

    private static Linear Filled(Linear linear)
    {
        using var _ = no_grad();
        linear.weight!.fill_(0.1);
        return linear;
    }
}

/// <summary>sqrt(w) at w = 0: a loss of 0 with an infinite gradient.</summary>
internal sealed class RootLoss : IObjective, IDisposable
{
    private readonly Holder holder = new();

    public nn.Module Trainable => holder;

    public Tensor Loss(Batch batch, INoise z, Random random) => holder.W.sqrt().expand(batch.Indices.Count);

    public void Dispose() => holder.Dispose();

    private sealed class Holder : nn.Module
    {
        private readonly Parameter w = nn.Parameter(zeros(1));

        public Holder() : base("holder") => RegisterComponents();

        public Tensor W => w;
    }
}
