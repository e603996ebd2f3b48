using System.Globalization;

namespace Diffuse.Configuration;

/// <summary>Whole numbers as the command line lists them: <c>7</c>, <c>0-63</c>, <c>1,2,5-10</c>.</summary>
internal static class NumberList
{
    /// <summary>More than anyone asks for, and few enough to hold in memory.</summary>
    private const long Most = 10_000_000;

    /// <summary>The numbers in the order in which they are written; null where the text is no list, runs backwards or is endless.</summary>
    public static IReadOnlyList<long>? Parse(string text)
    {
        List<long> numbers = [];
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (Range(part) is not var (first, last) || last - first >= Most - numbers.Count)
            {
                return null;
            }

            for (var offset = 0L; offset <= last - first; offset++)
            {
                numbers.Add(first + offset);
            }
        }

        return numbers;
    }

    /// <summary>The ends of <c>5-10</c>, or <c>7</c> twice; null where it is neither.</summary>
    public static (long First, long Last)? Range(string part)
    {
        var ends = part.Split('-');
        return ends.Length <= 2 && Number(ends[0]) is { } first && Number(ends[^1]) is { } last && first <= last ? (first, last) : null;
    }

    private static long? Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
