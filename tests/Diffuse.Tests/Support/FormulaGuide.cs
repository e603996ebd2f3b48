using Diffuse.Data;
using Diffuse.Guidance;
using static TorchSharp.torch;

namespace Diffuse.Tests.Support;

/// <summary>A guide whose log probability is a function of x, t and the label.</summary>
internal sealed class FormulaGuide(Func<Tensor, double, Tensor?, Tensor> logProbability) : IGuide
{
    public Tensor LogProbability(Tensor x, double t, Condition given) => logProbability(x, t, given.Label);
}
