namespace Diffuse.Configuration;

/// <summary>Whether a run may go on with a config that has changed since it started.</summary>
internal static class Resumption
{
    /// <summary>Keys and sections that do not change which steps are taken with which weights.</summary>
    internal static readonly IReadOnlyList<string> Free =
    [
        "name", "sampling", "evaluation", "data.cache_mb", "data.workers", "training.duration", "training.checkpoint_every",
        "training.keep", "training.sample_every", "training.validate_every", "training.log_every",
    ];

    /// <summary>
    /// The differences that a run cannot go on with; none: it may. What is <c>auto</c> now is what it became when the run started.
    /// </summary>
    /// <param name="before">The config of the run's folder.</param>
    public static IReadOnlyList<ConfigDifference> Refused(RunConfig before, RunConfig now) =>
    [
        .. ConfigDifference.Between(before, now).Where(change => change.After != "auto" && !Free.Any(free => Covers(free, change.Key))),
    ];

    private static bool Covers(string free, string key) =>
        key == free || (key.StartsWith(free, StringComparison.Ordinal) && key[free.Length] is '.' or '[');
}
