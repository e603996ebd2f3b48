namespace Diffuse.Configuration;

/// <summary>What <c>diffuse eval</c> was asked for.</summary>
internal sealed record EvalRequest
{
    public ModelChoice Model { get; init; } = new();

    public IReadOnlyList<ConfigOverride> Overrides { get; init; } = [];

    /// <summary>At most so many held-out images; null: as many as the config's evaluators say.</summary>
    public int? Count { get; init; }

    /// <summary>Images at a time.</summary>
    public int Batch { get; init; } = 64;
}
