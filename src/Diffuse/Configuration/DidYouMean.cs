namespace Diffuse.Configuration;

/// <summary>The word that a mistyped one was probably meant to be.</summary>
public static class DidYouMean
{
    /// <summary>
    /// The nearest of the candidates, or null: at most one edit in three letters (and none in the first of so short a word), or the word
    /// continued.
    /// </summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        var typed = Plain(word);
        return candidates
            .Select(candidate => (candidate, plain: Plain(candidate)))
            .Select(near => (near.candidate, near.plain, distance: Distance(typed, near.plain)))
            .Where(near => IsNear(typed, near.plain, near.distance))
            .OrderBy(near => near.distance)
            .ThenBy(near => near.candidate, StringComparer.Ordinal)
            .Select(near => near.candidate)
            .FirstOrDefault();
    }

    /// <summary><c>did you mean 'ddim'? </c>, or nothing: ready to stand before the list of what is allowed.</summary>
    public static string Question(string word, IEnumerable<string> candidates) =>
        Nearest(word, candidates) is { } nearest ? $"did you mean '{nearest}'? " : "";

    private static bool IsNear(string typed, string plain, int distance) => typed.Length switch
    {
        0 => false,
        1 or 2 => distance <= 1 && plain.StartsWith(typed[0]),
        3 => (distance <= 1 && plain.StartsWith(typed[0])) || plain.StartsWith(typed),
        _ => distance <= typed.Length / 3 || plain.StartsWith(typed),
    };

    private static string Plain(string word) => word.ToLowerInvariant().Replace('-', '_').TrimStart('_');

    /// <summary>Edits between two words: inserted, deleted, replaced or two neighbours swapped (Damerau 1964).</summary>
    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                d[i, j] = i == 0 || j == 0
                    ? i + j
                    : Math.Min(Math.Min(d[i - 1, j], d[i, j - 1]) + 1, d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }

        return d[a.Length, b.Length];
    }
}
