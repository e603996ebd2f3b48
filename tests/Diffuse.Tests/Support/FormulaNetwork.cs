using Diffuse.Data;
using Diffuse.Networks;
using static TorchSharp.torch;

namespace Diffuse.Tests.Support;

/// <summary>
/// A network that is a formula of a reference case: of x, of t (the network's label for the time, times a factor) and, where classes have
/// one, of a number c. "a; second half of the channels: b" doubles the channels.
/// </summary>
/// <param name="classes">c of each class label.</param>
/// <param name="labels">t by the label that the network is told; null: the label itself.</param>
internal sealed class FormulaNetwork(string definition, double timeFactor = 1, double[]? classes = null, double[]? labels = null) : Network("formula")
{
    public override string ConfigJson => "{}";

    public override bool IsDiffusers => false;

    public override Tensor forward(Tensor x, Tensor noise, Condition given)
    {
        var told = labels is null ? noise : tensor(labels).index_select(0, noise.to(ScalarType.Int64));
        var variables = new Dictionary<string, Tensor> { ["x"] = x, ["t"] = told.to(x.dtype).reshape(-1, 1, 1, 1) * timeFactor };
        if (classes is not null)
        {
            variables["c"] = tensor(classes, x.dtype).index_select(0, given.Label!).reshape(-1, 1, 1, 1);
        }

        var halves = definition.Split(';').Select(half => Formula.Evaluate(half, variables).expand(x.shape)).ToList();
        return halves.Count == 1 ? halves[0] : cat(halves, 1);
    }
}
