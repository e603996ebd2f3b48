namespace Diffuse.Configuration;

/// <summary>The classes that the command line asks for: numbers, ranges and names, <c>0-4,7,Sneaker</c>.</summary>
/// <param name="Option">Where it stands on the command line.</param>
internal sealed record ClassList(string Text, string Option = "--class")
{
    private const int Listed = 20;

    /// <summary>The labels in the order in which they are written.</summary>
    /// <param name="classes">How many the model knows; null for an unconditional one.</param>
    /// <param name="names">Their names by label, or none.</param>
    /// <exception cref="ConfigException">The model does not know one of them.</exception>
    public IReadOnlyList<int> Labels(int? classes, IReadOnlyList<string> names)
    {
        if (classes is not { } count)
        {
            throw new ConfigException($"{Option}: the model was trained without labels; leave {Option} out");
        }

        List<int> labels = [];
        List<string> problems = [];
        foreach (var part in Text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (IndexOf(part, names) is var label and >= 0)
            {
                labels.Add(label);
            }
            else if (NumberList.Range(part) is var (first, last) && last < count)
            {
                labels.AddRange(Enumerable.Range((int)first, (int)(last - first) + 1));
            }
            else
            {
                problems.Add($"{Option}: found '{part}'; {DidYouMean.Question(part, names)}allowed: {Allowed(count, names)}");
            }
        }

        return problems.Count == 0 ? labels : throw new ConfigException(problems);
    }

    private static int IndexOf(string name, IReadOnlyList<string> names) =>
        names.ToList().FindIndex(known => known.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static string Allowed(int count, IReadOnlyList<string> names)
    {
        var listed = string.Join(", ", names.Take(Listed)) + (names.Count > Listed ? ", ..." : "");
        return $"0 to {count - 1}" + (names.Count == 0 ? "" : $", or {listed}");
    }
}
