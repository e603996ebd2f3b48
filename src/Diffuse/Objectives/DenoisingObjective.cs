using System.ComponentModel.DataAnnotations;
using Diffuse.Conditions;
using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Networks;
using Diffuse.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Objectives;

/// <summary>
/// Trains a denoiser (Ho et al. 2020, algorithm 1): draw t and eps, corrupt, compare. A share of the conditions is replaced by none, so that
/// the same network learns the unconditional model for classifier-free guidance (Ho and Salimans 2022, algorithm 1).
/// </summary>
internal sealed class DenoisingObjective(Model model, ILoss loss, ITimeLaw times, Conditioning conditions) : IObjective
{
    /// <summary>The network, and beside it what the process and the text encoder learn.</summary>
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
        var given = conditions.Tell(batch, random, withhold: true);
        return times.Weighed(t, loss.PerImage(model, x0, given, t.Times, z.Normal(x0), z));
    }

    private static nn.Module Together(Model model)
    {
        if (model.Process.Learned is null && model.Text is not TextEncoder)
        {
            return model.Network;
        }

        var all = new ModuleDict<nn.Module>();
        all.Add("network", model.Network);
        if (model.Process.Learned is { } learned)
        {
            all.Add("process", learned);
        }

        if (model.Text is TextEncoder text)
        {
            all.Add("text_encoder", text);
        }

        return all;
    }
}

/// <summary>A denoising model, conditional or not.</summary>
[Kind("denoising")]
public sealed record DenoisingOptions : ObjectiveOptions
{
    public LossOptions Loss { get; init; } = new SimpleLossOptions();

    public TimeLawOptions Times { get; init; } = new UniformTimesOptions();

    /// <summary>The share of conditions replaced by "none", each on its own; 0.1 to 0.2 serve guidance.</summary>
    [Range(0.0, 1.0)]
    public double ConditionDropout { get; init; } = 0.1;

    /// <inheritdoc/>
    public override string Folder => "unet";

    /// <inheritdoc/>
    public override double Withheld => ConditionDropout;

    /// <summary>Twice the channels where the variance is learned.</summary>
    /// <inheritdoc/>
    public override NetworkShape Asks(NetworkShape images, ConditionSources from) => Loss.LearnsVariance ? images with { Out = 2 * images.In } : images;

    /// <inheritdoc/>
    public override IObjective Build(ObjectiveParts parts)
    {
        if (parts.Network is Classifier or Clip or Autoencoder)
        {
            throw new ConfigException($"objective denoising trains a network whose output is an image: found {parts.Network.GetType().Name}; allowed: network: unet");
        }

        return new DenoisingObjective(parts.Model, Loss.Build(parts.Process), Times.Build(parts.Process), parts.Conditions);
    }
}
