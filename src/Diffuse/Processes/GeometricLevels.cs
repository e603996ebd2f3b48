using Diffuse.Configuration;

namespace Diffuse.Processes;

/// <summary>Noise levels evenly spaced in their logarithm: sigma(u) = min (max / min)^u, u in 0..1 (Song and Ermon 2019).</summary>
internal readonly record struct GeometricLevels
{
    /// <exception cref="ConfigException">Not 0 &lt; min &lt; max.</exception>
    public GeometricLevels(double min, double max)
    {
        (Min, LogRatio) = (min, Math.Log(max / min));
        if (!(min > 0 && LogRatio > 0))
        {
            throw new ConfigException($"noise levels rise from sigma_min {min:g4} to sigma_max {max:g4}: take a larger sigma_max");
        }
    }

    public double Min { get; }

    /// <summary>log(max / min).</summary>
    public double LogRatio { get; }

    public double Sigma(double u) => Min * Math.Exp(u * LogRatio);
}
