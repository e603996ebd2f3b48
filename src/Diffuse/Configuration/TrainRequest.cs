namespace Diffuse.Configuration;

/// <summary>What <c>diffuse train</c> was asked for.</summary>
internal sealed record TrainRequest
{
    public required RunConfig Config { get; init; }

    /// <summary>The folder that holds the run folders.</summary>
    public string Runs { get; init; } = "runs";

    /// <summary>Start another run even where an unfinished one of this config exists.</summary>
    public bool New { get; init; }

    /// <summary>Ends this start with a checkpoint; the run stays unfinished.</summary>
    public TimeSpan? MaxTime { get; init; }

    /// <summary>Added to the run folder's name.</summary>
    public string? Description { get; init; }
}
