using Diffuse.Data;
using Diffuse.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Tests.Support;

/// <summary>The smallest network that can learn: F = a x, and V = b x where the variance is learned. Remembers the labels it was told.</summary>
internal sealed class TwoNumbers : Network
{
    private readonly bool learnsVariance;

    public TwoNumbers(bool learnsVariance = false) : base("two-numbers")
    {
        this.learnsVariance = learnsVariance;
        A = nn.Parameter(tensor(0.5f));
        B = nn.Parameter(tensor(0.1f));
        register_parameter("a", A);
        register_parameter("b", B);
    }

    public Parameter A { get; }

    public Parameter B { get; }

    public List<long> Labels { get; } = [];

    public override string ConfigJson => "{}";

    public override bool IsDiffusers => false;

    public override Tensor forward(Tensor x, Tensor noise, Condition given)
    {
        if (given.Label is { } label)
        {
            Labels.AddRange(label.data<long>());
        }

        return learnsVariance ? cat([A * x, B * x], 1) : A * x;
    }
}
