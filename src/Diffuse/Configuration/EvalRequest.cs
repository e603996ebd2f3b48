namespace Diffuse.Configuration;

/// <summary>What <c>diffuse eval</c> was asked for.</summary>
internal sealed record EvalRequest
{
    public ModelChoice Model { get; init; } = new();

    public IReadOnlyList<ConfigOverride> Overrides { get; init; } = [];

    /// <summary>At most so many held-out images, or of <see cref="Images"/>; null: as many as the config's evaluators say, or all.</summary>
    public int? Count { get; init; }

    /// <summary>So many images are drawn and measured too; null: only what the config says.</summary>
    public int? Samples { get; init; }

    /// <summary>The network in whose features images are compared: a run, or a file; null: the newest run that can.</summary>
    public string? Features { get; init; }

    /// <summary>A folder or archive of images that are measured instead of a model.</summary>
    public string? Images { get; init; }

    /// <summary>What <see cref="Images"/> are compared with: real images, or the statistics of their features.</summary>
    public string? Against { get; init; }

    /// <summary>Where the pictures of <see cref="Images"/> go; null: nowhere.</summary>
    public string? Out { get; init; }

    /// <summary>Images at a time.</summary>
    public int Batch { get; init; } = 64;
}
