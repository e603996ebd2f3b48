namespace Diffuse.Data;

/// <summary>
/// Learns the merges of a <see cref="BytePairTokenizer"/> (Sennrich et al. 2016, algorithm 1): the pair that is most frequent in the texts becomes
/// a token, again and again. Of equally frequent pairs the first in ordinal order is taken, so that the same texts give the same tokens.
/// </summary>
public static class BytePairTraining
{
    /// <summary>Bytes, bytes that end a word, start and end.</summary>
    public const int LeastTokens = 2 * 256 + 2;

    /// <param name="vocabulary">Tokens in all, at most: learning ends where no pair stands twice.</param>
    public static IReadOnlyList<(string, string)> Merges(IEnumerable<string> texts, int vocabulary)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabulary, LeastTokens);
        var words = texts.SelectMany(BytePairTokenizer.Words).CountBy(word => word)
            .Select(word => (Parts: BytePairTokenizer.Split(word.Key), Count: word.Value)).ToList();
        var merges = new List<(string, string)>();
        while (merges.Count < vocabulary - LeastTokens)
        {
            var counts = new Dictionary<(string, string), long>();
            foreach (var (parts, count) in words)
            {
                foreach (var pair in parts.Zip(parts.Skip(1)))
                {
                    counts[pair] = counts.GetValueOrDefault(pair) + count;
                }
            }

            var best = counts.Where(pair => pair.Value > 1).OrderByDescending(pair => pair.Value)
                .ThenBy(pair => pair.Key.Item1, StringComparer.Ordinal).ThenBy(pair => pair.Key.Item2, StringComparer.Ordinal).FirstOrDefault();
            if (best.Value < 2)
            {
                break;
            }

            merges.Add(best.Key);
            words.ForEach(word => BytePairTokenizer.Merge(word.Parts, best.Key));
        }

        return merges;
    }
}
