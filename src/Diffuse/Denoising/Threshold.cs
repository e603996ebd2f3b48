using Diffuse.Configuration;

namespace Diffuse.Denoising;

/// <summary>How a config says where each estimate of x0 is held: <c>threshold: { kind: dynamic, quantile: 0.995 }</c>.</summary>
public abstract record ThresholdOptions
{
    /// <summary>The denoiser, its estimates held in the range.</summary>
    public abstract IDenoiser Around(IDenoiser denoiser);
}

/// <summary>Estimates are taken as they are.</summary>
[Kind("none")]
public sealed record NoThresholdOptions : ThresholdOptions
{
    /// <inheritdoc/>
    public override IDenoiser Around(IDenoiser denoiser) => denoiser;
}
