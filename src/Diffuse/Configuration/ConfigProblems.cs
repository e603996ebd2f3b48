namespace Diffuse.Configuration;

/// <summary>Collects what is wrong with a config, to tell all of it at once and in the order of the file.</summary>
internal sealed class ConfigProblems
{
    private readonly List<(ConfigLocation At, string Text)> found = [];

    public int Count => found.Count;

    /// <summary>A problem of the value with the full dotted key; the key is empty for the file as a whole.</summary>
    public void Add(ConfigLocation at, string key, string text)
    {
        var named = key.Length == 0 || (at.IsOption && at.Source.EndsWith(' ' + key));
        found.Add((at, named ? $"{at}: {text}" : $"{at}: {key}: {text}"));
    }

    public void Add(ConfigLocation at, string key, string found, string allowed) => Add(at, key, $"found {found}; allowed: {allowed}");

    /// <exception cref="ConfigException">There was at least one problem.</exception>
    public void ThrowIfAny()
    {
        if (found.Count > 0)
        {
            var ordered = found.OrderBy(p => p.At.IsOption).ThenBy(p => p.At.Line).ThenBy(p => p.At.Column);
            throw new ConfigException([.. ordered.Select(problem => problem.Text)]);
        }
    }
}
