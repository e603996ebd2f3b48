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

    /// <summary>Of Inception's features; null: all.</summary>
    public int? Dims { get; init; }

    /// <summary>A folder or archive of images that are measured instead of a model.</summary>
    public string? Images { get; init; }

    /// <summary>What <see cref="Images"/> are compared with: real images, or the statistics of their features.</summary>
    public string? Against { get; init; }

    /// <summary>Settings of sampling that are compared, every value of each with every value of the others; empty: none.</summary>
    public IReadOnlyList<SweepAxis> Sweep { get; init; } = [];

    /// <summary>Whether a page with everything is written.</summary>
    public bool Report { get; init; }

    /// <summary>Where pictures and the report go; null: into the run's folder, or nowhere where there is no run.</summary>
    public string? Out { get; init; }

    /// <summary>Images at a time.</summary>
    public int Batch { get; init; } = 64;
}

/// <summary>A setting that is tried with several values: a key of the section <c>sampling</c>, or <c>ema</c>.</summary>
internal sealed record SweepAxis(string Key, IReadOnlyList<string> Values)
{
    /// <summary>The key that stands for the length of the average of the weights.</summary>
    public const string Ema = "ema";

    /// <summary>Reads <c>steps=5,10,20</c>.</summary>
    /// <returns>Null where it is not of that form.</returns>
    public static SweepAxis? Parse(string text) => text.Split('=', 2) is [{ Length: > 0 } key, var list]
        && list.Split(',', StringSplitOptions.TrimEntries) is var values && values.All(value => value.Length > 0)
        ? new(key.Trim(), values)
        : null;
}
