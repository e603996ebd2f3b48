using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using static TorchSharp.torch;

namespace Diffuse.Processes;

/// <summary>
/// Colours fade into grey: step t mixes each pixel with the mean of its channels, f_t x + (1 - f_t) mean, hence A_t(x0) = F_t x0 + (1 - F_t) mean(x0)
/// with F_t = f_1 ... f_t.
/// </summary>
internal sealed class Decolor(DecolorOptions options) : Degradation(options)
{
    /// <inheritdoc/>
    public override void Prepare(IReadOnlyList<long> shape)
    {
        if (shape[0] == 1)
        {
            throw new ConfigException("process decolor needs images in colour (data.channels: 3)");
        }

        base.Prepare(shape);
    }

    /// <inheritdoc/>
    protected override Tensor Degrade(Tensor x0, int[] t)
    {
        var colour = Rows(t, step => [Colour(step)], [1, 1, 1], x0);
        return colour * x0 + (1 - colour) * x0.mean([1], keepdim: true);
    }

    /// <summary>F_t.</summary>
    private double Colour(int t) => options.Total && t == options.Steps ? 0
        : options.Routine == DecolorRoutine.Constant ? Math.Pow(options.Keep, t)
        : 1 - (double)t / options.Steps;
}

/// <summary>How fast colours fade.</summary>
public enum DecolorRoutine
{
    /// <summary>f_t = keep.</summary>
    Constant,

    /// <summary>F_t = 1 - t / T.</summary>
    Linear,
}

/// <summary>Colour images to grey ones.</summary>
[Kind("decolor")]
public sealed record DecolorOptions : DegradationOptions
{
    public DecolorOptions() => Steps = 20;

    public DecolorRoutine Routine { get; init; } = DecolorRoutine.Linear;

    /// <summary>The share of colour that a step of the constant routine keeps.</summary>
    [Range(0.0, 1.0)]
    public double Keep { get; init; } = 0.9;

    /// <summary>The last step takes all colour that is left.</summary>
    public bool Total { get; init; } = true;

    /// <inheritdoc/>
    public override ForwardProcess Build() => new Decolor(this);
}
