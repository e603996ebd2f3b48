using System.CommandLine;
using System.Globalization;
using Diffuse.Configuration;
using Diffuse.Numerics;

namespace Diffuse.Cli.Commands;

/// <summary>The values of options, checked; collects what is wrong with them to tell all of it at once.</summary>
internal sealed class OptionValues(ParseResult given)
{
    private static readonly (string Unit, double Bytes)[] sizes = [("kB", 1e3), ("MB", 1e6), ("GB", 1e9)];

    private readonly List<string> problems = [];

    public bool Has(Option<bool> option) => given.GetValue(option);

    public string? Text(Option<string?> option) => given.GetValue(option);

    /// <summary>The value of an option that must be given.</summary>
    public string Required(Option<string?> option, string allowed)
    {
        if (Text(option) is { Length: > 0 } text)
        {
            return text;
        }

        problems.Add($"{option.Name}: missing; allowed: {allowed}");
        return "";
    }

    public int? Whole(Option<string?> option, int least) => Parsed(
        option,
        text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n >= least ? n : null as int?,
        $"a whole number from {least}");

    public TimeSpan? Time(Option<string?> option) =>
        Parsed(option, TrainingDuration.ParseTime, "a time such as 25m, 1h30m or 90s");

    public IReadOnlyList<long>? Numbers(Option<string?> option)
    {
        var numbers = Text(option) is { } text ? NumberList.Parse(text) : [];
        if (numbers is null)
        {
            problems.Add(Wrong(option, "numbers and ranges such as 7, 0-63 or 1,2,5-10"));
        }

        return numbers is { Count: > 0 } ? numbers : null;
    }

    /// <summary>A size such as 2GB, 500MB or 64kB.</summary>
    public long? Bytes(Option<string?> option) => Parsed(
        option,
        text => sizes.FirstOrDefault(size => text.EndsWith(size.Unit, StringComparison.OrdinalIgnoreCase)) is { Unit: { } unit } size
            && Number(text[..^unit.Length]) is { } number and > 0 ? (long)(number * size.Bytes) : null as long?,
        "a size such as 2GB, 500MB or 64kB");

    /// <summary>One of some words.</summary>
    public T? OneOf<T>(Option<string?> option, IReadOnlyDictionary<string, T> words)
        where T : struct => Parsed(option, text => words.TryGetValue(text, out var value) ? value : null as T?, string.Join(", ", words.Keys));

    /// <summary>A share above 0, up to 1.</summary>
    public double? Share(Option<string?> option) => Parsed(
        option, text => Number(text) is { } x and > 0 and <= 1 ? x : null as double?, "a number above 0, up to 1");

    /// <summary>sigma_rel of an average of weights.</summary>
    public double? Length(Option<string?> option) => Parsed(option, text => ModelChoice.EmaLength(text), ModelChoice.EmaLengths);

    /// <summary>Numbers from 0 with commas between them; a single one is left to the config's reader.</summary>
    public IReadOnlyList<double>? Scales(Option<string?> option)
    {
        if (Text(option) is not { } text || !text.Contains(','))
        {
            return null;
        }

        var scales = text.Split(',').Select(Number).ToList();
        if (scales.Exists(scale => scale is null or < 0))
        {
            problems.Add(Wrong(option, "a number from 0, or several such as 0,1,3,7"));
        }

        return [.. scales.OfType<double>()];
    }

    /// <summary>Two texts with a comma between them.</summary>
    public (string First, string Second)? Pair(Option<string?> option, string allowed) => Parsed(
        option,
        text => text.Split(',', StringSplitOptions.TrimEntries) is [{ Length: > 0 } one, { Length: > 0 } other]
            ? (one, other)
            : null as (string, string)?,
        allowed);

    /// <summary>Settings with several values each.</summary>
    public IReadOnlyList<SweepAxis> Axes(Option<string[]> option)
    {
        List<SweepAxis> axes = [];
        foreach (var text in given.GetValue(option) ?? [])
        {
            if (SweepAxis.Parse(text) is not { } axis)
            {
                problems.Add($"{option.Name}: found '{text}'; allowed: a setting and its values, such as steps=5,10,20");
            }
            else if (axes.Exists(other => other.Key == axis.Key))
            {
                problems.Add($"{option.Name}: found {axis.Key} twice; allowed: all its values in one list");
            }
            else
            {
                axes.Add(axis);
            }
        }

        return axes;
    }

    /// <summary>The overrides of <c>--set</c>.</summary>
    /// <param name="sections">The keys, or the sections, that this verb may change; empty: all.</param>
    public IReadOnlyList<ConfigOverride> Sets(Option<string[]> option, params IReadOnlyList<string> sections)
    {
        List<ConfigOverride> sets = [];
        foreach (var text in given.GetValue(option) ?? [])
        {
            try
            {
                sets.Add(ConfigOverride.Parse(text));
            }
            catch (ConfigException e)
            {
                problems.AddRange(e.Problems);
            }
        }

        problems.AddRange(sets
            .Where(set => sections.Count > 0 && !sections.Contains(set.Key.Split('.')[0]))
            .Select(set => $"{set.Option}: cannot change for a model that is trained; allowed: {string.Join(", ", sections)}"));
        return sets;
    }

    /// <summary>An option that is another name of a key of the config.</summary>
    public IEnumerable<ConfigOverride> Set(Option<string?> option, string key) =>
        Text(option) is { } text ? [new ConfigOverride(option.Name, key, text)] : [];

    public void NotBoth(Option<string?> one, Option<string?> other)
    {
        if (Text(one) is not null && Text(other) is not null)
        {
            problems.Add($"{one.Name} and {other.Name}: found both; allowed: one of them");
        }
    }

    public void OnlyWith(Option<string?> option, Option<string?> other)
    {
        if (Text(option) is not null && Text(other) is null)
        {
            problems.Add($"{option.Name}: found without {other.Name}; allowed: with it only");
        }
    }

    /// <exception cref="ConfigException">A value is missing or wrong.</exception>
    public void ThrowIfWrong()
    {
        if (problems.Count > 0)
        {
            throw new ConfigException(problems);
        }
    }

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var x) && double.IsFinite(x) ? x : null;

    private T? Parsed<T>(Option<string?> option, Func<string, T?> parse, string allowed)
        where T : struct
    {
        var value = Text(option) is { } text ? parse(text) : null;
        if (value is null && Text(option) is not null)
        {
            problems.Add(Wrong(option, allowed));
        }

        return value;
    }

    private string Wrong(Option<string?> option, string allowed) => $"{option.Name}: found '{Text(option)}'; allowed: {allowed}";
}
