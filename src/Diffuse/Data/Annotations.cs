namespace Diffuse.Data;

/// <summary>What is known of each image of a tree besides its pixels.</summary>
/// <param name="Classes">The names of labels 0, 1, ...</param>
/// <param name="Of">By path; a path that is missing has neither label nor text.</param>
internal sealed record Annotations(IReadOnlyList<string> Classes, IReadOnlyDictionary<string, Annotation> Of)
{
    private const int MostClasses = 100_000;

    public static Annotations None { get; } = new([], new Dictionary<string, Annotation>());

    /// <summary>The distinct names in ordinal order, and each path's place in it.</summary>
    public static Annotations FromNames(IEnumerable<(string Path, string? Name, string? Text)> items)
    {
        var list = items.ToList();
        var classes = list.Select(item => item.Name).OfType<string>().Distinct().Order(StringComparer.Ordinal).ToList();
        var number = classes.Select((name, i) => (name, i)).ToDictionary(c => c.name, c => c.i);
        return new(classes, list.ToDictionary(item => item.Path, item => new Annotation(Number(item.Name), item.Text)));

        int? Number(string? name) => name is null ? null : number[name];
    }

    /// <summary>Labels that are numbers already, named by <paramref name="names"/> or else by themselves.</summary>
    public static Annotations FromNumbers(IEnumerable<(string Path, int? Label, string? Text)> items, IReadOnlyList<string>? names)
    {
        var list = items.ToList();
        var count = Math.Max(names?.Count ?? 0, list.Max(item => item.Label) + 1 ?? 0);
        if (count > MostClasses)
        {
            throw Problem.OfPath($"the label {count - 1} is too large: labels count classes from 0, at most {MostClasses}");
        }

        return new(
            [.. Enumerable.Range(0, count).Select(i => names?.ElementAtOrDefault(i) ?? $"{i}")],
            list.ToDictionary(item => item.Path, item => new Annotation(item.Label, item.Text)));
    }
}

internal readonly record struct Annotation(int? Label, string? Text);
