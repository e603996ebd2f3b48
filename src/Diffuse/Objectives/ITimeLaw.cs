using Diffuse.Configuration;
using Diffuse.Processes;
using static TorchSharp.torch;

namespace Diffuse.Objectives;

/// <summary>Times drawn for a batch.</summary>
/// <param name="Weights">What each image's loss is multiplied by, so that its mean stays that of uniform times; null: 1.</param>
public readonly record struct TimeDraw(Times Times, double[]? Weights = null);

/// <summary>The law of training times.</summary>
public interface ITimeLaw
{
    TimeDraw Draw(int count, Random random);

    /// <summary>The losses that the drawn times had, [N], before their weights. Most laws do not learn from them.</summary>
    void Observe(Times times, Tensor losses)
    {
    }

    /// <summary>Shows the law the losses of its draw, and weighs them.</summary>
    Tensor Weighed(TimeDraw drawn, Tensor losses)
    {
        Observe(drawn.Times, losses);
        return drawn.Weights is { } weights ? losses * tensor(weights, losses.dtype, losses.device) : losses;
    }

    /// <summary>What the law has learned, for checkpoints.</summary>
    IReadOnlyDictionary<string, Tensor> State => new Dictionary<string, Tensor>();
}

/// <summary>How a config names a law of times: <c>times: uniform</c>.</summary>
public abstract record TimeLawOptions
{
    /// <exception cref="ConfigException">The law has no meaning on this process.</exception>
    public abstract ITimeLaw Build(ForwardProcess process);
}
