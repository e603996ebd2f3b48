namespace Diffuse.Configuration;

/// <summary>What <c>diffuse export</c> was asked for.</summary>
internal sealed record ExportRequest
{
    public ModelChoice Model { get; init; } = new();

    /// <summary>The folder that is made.</summary>
    public required string Out { get; init; }

    public WeightType Weights { get; init; } = WeightType.Fp32;

    /// <summary>Bytes of a file of weights, at most.</summary>
    public long Shard { get; init; } = long.MaxValue;
}

/// <summary>The numbers in which weights are written.</summary>
public enum WeightType
{
    Fp32,

    Fp16,

    Bf16,
}
