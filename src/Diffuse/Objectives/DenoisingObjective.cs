using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Objectives;

/// <summary>
/// Trains a denoiser (Ho et al. 2020, algorithm 1): draw t and eps, corrupt, compare. A share of the conditions is replaced by none, so that
/// the same network learns the unconditional model for classifier-free guidance (Ho and Salimans 2022, algorithm 1).
/// </summary>
internal sealed class DenoisingObjective(Model model, ILoss loss, ITimeLaw times, NullCondition? none, double conditionDropout) : IObjective
{
    /// <summary>The network, and beside it what the process learns.</summary>
    /// <inheritdoc/>
    public nn.Module Trainable { get; } = Together(model);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> State => times.State;

    /// <inheritdoc/>
    public Tensor Loss(Batch batch, INoise z, Random random)
    {
        var x0 = batch.Images;
        var n = (int)x0.shape[0];
        var t = times.Draw(n, random);
        var dropped = Enumerable.Range(0, n).Select(_ => random.NextDouble() < conditionDropout).ToArray();
        var given = none?.Drop(batch.Condition, dropped) ?? batch.Condition;
        var losses = loss.PerImage(model, x0, given, t.Times, z.Normal(x0), z);
        times.Observe(t.Times, losses);
        return t.Weights is { } weights ? losses * tensor(weights, losses.dtype, losses.device) : losses;
    }

    private static nn.Module Together(Model model)
    {
        if (model.Process.Learned is not { } learned)
        {
            return model.Network;
        }

        var both = new ModuleDict<nn.Module>();
        both.Add("network", model.Network);
        both.Add("process", learned);
        return both;
    }
}

/// <summary>A denoising model, conditional or not.</summary>
[Kind("denoising")]
public sealed record DenoisingOptions : ObjectiveOptions
{
    public LossOptions Loss { get; init; } = new SimpleLossOptions();

    public TimeLawOptions Times { get; init; } = new UniformTimesOptions();

    /// <summary>The share of labels replaced by "none"; 0.1 to 0.2 serve guidance. Without labels it does nothing.</summary>
    [Range(0.0, 1.0)]
    public double ConditionDropout { get; init; } = 0.1;

    /// <inheritdoc/>
    public override bool LearnsVariance => Loss.LearnsVariance;

    /// <inheritdoc/>
    public override IObjective Build(Model model, NullCondition? none) =>
        new DenoisingObjective(model, Loss.Build(model.Process), Times.Build(model.Process), none, ConditionDropout);
}
