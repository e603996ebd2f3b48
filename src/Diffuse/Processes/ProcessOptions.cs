using Diffuse.Configuration;

namespace Diffuse.Processes;

/// <summary>How a config names a process: <c>process: { kind: cosine, steps: 1000 }</c>.</summary>
public abstract record ProcessOptions
{
    /// <exception cref="ConfigException">Values that are in range one by one but not together.</exception>
    public abstract ForwardProcess Build();
}
