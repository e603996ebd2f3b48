using Diffuse.Configuration;
using Diffuse.Processes;

namespace Diffuse.Objectives;

/// <summary>
/// How much an error at time t counts, said once for all parameterizations: as a weight on |D - x0|^2. On the network's output the same
/// weight is w_F = w_x0 c_out^2, because D - x0 = c_out (F - F*).
/// </summary>
public interface IWeight
{
    double OnX0(double t);
}

/// <summary>How a config names a weight: <c>weight: { kind: min-snr, gamma: 5 }</c>.</summary>
public abstract record WeightOptions
{
    /// <exception cref="ConfigException">The weight has no meaning on this process.</exception>
    public abstract IWeight Build(ForwardProcess process);

    /// <summary>The process as one that adds Gaussian noise.</summary>
    /// <exception cref="ConfigException">It is a deterministic degradation.</exception>
    protected static NoiseSchedule Noisy(ForwardProcess process, string kind) => process as NoiseSchedule
        ?? throw new ConfigException($"weight {kind} needs a process that adds Gaussian noise");
}
