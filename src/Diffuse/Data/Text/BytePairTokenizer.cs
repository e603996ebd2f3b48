using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Diffuse.Data;

/// <summary>
/// CLIP's byte-level byte-pair encoding (Sennrich et al. 2016; Radford et al. 2021, section 2.4): a text is cut into words, each word into bytes
/// and its end, and pairs are merged in the order in which they were learned. Text is lower-cased, HTML entities and white space cleaned. (OpenAI
/// also repairs text that was decoded with the wrong encoding, with the library ftfy; here it is taken as it is.)
/// </summary>
public sealed partial class BytePairTokenizer : ITokenizer
{
    public const string VocabularyFile = "vocab.json";
    public const string MergesFile = "merges.txt";

    /// <summary>Hugging Face's, which name what fills up short texts.</summary>
    public const string ConfigFile = "tokenizer_config.json", SpecialTokensFile = "special_tokens_map.json";

    /// <summary>The token behind each text.</summary>
    public const string End = "<|endoftext|>";

    private const string Start = "<|startoftext|>", WordEnd = "</w>";

    /// <summary>Each byte as a printable character: itself where it is one, else one from 256 on.</summary>
    private static readonly char[] symbols = Symbols();

    private static readonly JsonSerializerOptions json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly IReadOnlyDictionary<string, int> vocabulary;
    private readonly IReadOnlyList<(string, string)> merges;
    private readonly Dictionary<(string, string), int> ranks;
    private readonly Dictionary<string, int[]> words = [];
    private readonly HashSet<int> wordEnds;
    private readonly int filling;

    /// <param name="merges">Pairs, the first learned first.</param>
    /// <param name="length">L, the numbers of a text, start and end included.</param>
    /// <param name="vocabulary">By token; null: bytes, bytes that end a word, merges, start and end, in this order.</param>
    /// <param name="filling">The id that fills up short texts: OpenAI's 0, or Stable Diffusion 1's end.</param>
    public BytePairTokenizer(IReadOnlyList<(string, string)> merges, int length, IReadOnlyDictionary<string, int>? vocabulary = null, int filling = 0)
    {
        this.filling = filling;
        (this.merges, Length) = (merges, length);
        this.vocabulary = vocabulary ?? Vocabulary(merges);
        wordEnds = [.. this.vocabulary.Where(token => token.Key.EndsWith(WordEnd, StringComparison.Ordinal)).Select(token => token.Value)];
        ranks = merges.Select((pair, rank) => (pair, rank)).ToDictionary(one => one.pair, one => one.rank);
    }

    /// <inheritdoc/>
    public int Length { get; }

    /// <inheritdoc/>
    public int Count => vocabulary.Count;

    /// <summary>The id of the end; CLIP's text feature is taken there.</summary>
    public int EndId => vocabulary[End];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Files => new Dictionary<string, string>
    {
        [VocabularyFile] = JsonSerializer.Serialize(vocabulary, json) + "\n",
        [MergesFile] = "#version: 0.2\n" + string.Concat(merges.Select(pair => $"{pair.Item1} {pair.Item2}\n")),
        [ConfigFile] = JsonSerializer.Serialize(
            new
            {
                tokenizer_class = "CLIPTokenizer",
                model_max_length = Length,
                bos_token = Start,
                eos_token = End,
                unk_token = End,
                pad_token = vocabulary.First(entry => entry.Value == filling).Key,
            }, json) + "\n",
    };

    /// <summary>Reads a folder with vocab.json and merges.txt, as Hugging Face's CLIPTokenizer has them.</summary>
    /// <exception cref="InvalidDataException">They are damaged or do not fit each other.</exception>
    /// <param name="padding">The token that fills up short texts; null: as the folder says.</param>
    public static BytePairTokenizer Read(string folder, int length, string? padding = null)
    {
        try
        {
            var vocabulary = JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllText(Path.Combine(folder, VocabularyFile)))!;
            var merges = Merges(File.ReadAllLines(Path.Combine(folder, MergesFile)));
            var lost = merges.Select(pair => pair.Item1 + pair.Item2).Append(Start).Append(End).FirstOrDefault(token => !vocabulary.ContainsKey(token));
            return lost is null
                ? new(merges, length, vocabulary, Filling(folder, vocabulary, padding))
                : throw new InvalidDataException($"{folder}: {VocabularyFile} has no '{lost}', which {MergesFile} needs");
        }
        catch (Exception broken) when (broken is JsonException or FormatException or InvalidOperationException)
        {
            throw new InvalidDataException($"{folder}: {broken.Message}");
        }
    }

    /// <summary>The id of pad_token; 0 where no file of Hugging Face's says one, as in OpenAI's tokenizer.</summary>
    private static int Filling(string folder, Dictionary<string, int> vocabulary, string? padding)
    {
        if (padding is not null)
        {
            return vocabulary.TryGetValue(padding, out var named) ? named : throw new InvalidDataException($"{folder}: padding: '{padding}' is not in {VocabularyFile}");
        }

        foreach (var file in new[] { ConfigFile, SpecialTokensFile }.Select(name => Path.Combine(folder, name)).Where(File.Exists))
        {
            var token = JsonNode.Parse(File.ReadAllText(file))?["pad_token"];
            if ((token is JsonObject described ? described["content"] : token)?.ToString() is { } name)
            {
                return vocabulary.TryGetValue(name, out var id) ? id : throw new InvalidDataException($"{file}: pad_token: '{name}' is not in {VocabularyFile}");
            }
        }

        return File.Exists(Path.Combine(folder, ConfigFile)) ? vocabulary[End] : 0; // CLIPTokenizer's own default
    }

    /// <summary>The lines of a merges file, <c>i n</c>, behind a line with its version.</summary>
    /// <exception cref="FormatException">A line is no pair.</exception>
    public static IReadOnlyList<(string, string)> Merges(IEnumerable<string> lines) =>
    [
        .. lines.Where(line => line.Length > 0 && !line.Contains("#version")).Select(line => line.Split(' ') is [var first, var second]
            ? (first, second)
            : throw new FormatException($"{MergesFile}: found '{line}'; allowed: two tokens with a blank between them")),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<int> Encode(string text)
    {
        var ids = Tokens(text).Take(Length - 2).Prepend(vocabulary[Start]).Append(vocabulary[End]).ToList();
        return [.. ids, .. Enumerable.Repeat(filling, Length - ids.Count)];
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> Thinned(IReadOnlyList<int> ids, Func<bool> drop)
    {
        List<List<int>> found = [[]];
        foreach (var id in ids.Skip(1).TakeWhile(id => id != EndId))
        {
            found[^1].Add(id);
            if (wordEnds.Contains(id))
            {
                found.Add([]);
            }
        }

        var kept = found.Where(word => word.Count > 0 && !drop()).ToList();
        int[] text = kept.Count == 0 ? [.. ids.TakeWhile(id => id != EndId), EndId] : [ids[0], .. kept.SelectMany(word => word), EndId];
        return [.. text, .. Enumerable.Repeat(filling, Length - text.Length)];
    }

    /// <summary>The ids of a text without start, end and filling.</summary>
    public IEnumerable<int> Tokens(string text) => Words(text).SelectMany(Word);

    /// <summary>The text that ids stand for, a blank behind each word.</summary>
    public string Decode(IEnumerable<int> ids)
    {
        var tokens = vocabulary.ToDictionary(entry => entry.Value, entry => entry.Key);
        var bytes = string.Concat(ids.Select(id => tokens[id])).Replace(WordEnd, " ", StringComparison.Ordinal);
        return Encoding.UTF8.GetString([.. bytes.Select(symbol => symbol == ' ' ? (byte)' ' : (byte)Array.IndexOf(symbols, symbol))]);
    }

    /// <summary>The words of a text as symbols of bytes, in lower case.</summary>
    internal static IEnumerable<string> Words(string text)
    {
        var clean = WhiteSpace().Replace(WebUtility.HtmlDecode(WebUtility.HtmlDecode(text)), " ").Trim().ToLowerInvariant();
        return Pattern().Matches(clean).Select(match => match.Value is Start or End
            ? match.Value
            : string.Concat(Encoding.UTF8.GetBytes(match.Value).Select(one => symbols[one])));
    }

    /// <summary>A word as its symbols, the last with the word's end.</summary>
    internal static List<string> Split(string word)
    {
        var parts = word.Select(symbol => symbol.ToString()).ToList();
        parts[^1] += WordEnd;
        return parts;
    }

    /// <summary>Every occurrence of a pair as one token.</summary>
    internal static void Merge(List<string> parts, (string First, string Second) pair)
    {
        for (var i = 0; i < parts.Count - 1; i++)
        {
            if (parts[i] == pair.First && parts[i + 1] == pair.Second)
            {
                parts[i] += parts[i + 1];
                parts.RemoveAt(i + 1);
            }
        }
    }

    private int[] Word(string word)
    {
        if (word is Start or End)
        {
            return [vocabulary[word]];
        }

        lock (words)
        {
            if (words.TryGetValue(word, out var known))
            {
                return known;
            }
        }

        var parts = Split(word);
        while (parts.Zip(parts.Skip(1)).Where(ranks.ContainsKey).ToList() is { Count: > 0 } pairs)
        {
            Merge(parts, pairs.MinBy(pair => ranks[pair]));
        }

        var ids = parts.Select(part => vocabulary[part]).ToArray();
        lock (words)
        {
            return words[word] = ids;
        }
    }

    private static Dictionary<string, int> Vocabulary(IReadOnlyList<(string, string)> merges)
    {
        // CLIP counts the bytes in the order of their characters: printable ones first, then the others.
        var bytes = symbols.Index().OrderBy(one => one.Item >= 256 ? 1 : 0).ThenBy(one => one.Item).Select(one => one.Item.ToString()).ToList();
        return bytes.Concat(bytes.Select(one => one + WordEnd)).Concat(merges.Select(pair => pair.Item1 + pair.Item2)).Append(Start).Append(End)
            .Index().ToDictionary(one => one.Item, one => one.Index);
    }

    private static char[] Symbols()
    {
        var next = 256;
        return [.. Enumerable.Range(0, 256).Select(one => one is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE ? (char)one : (char)next++)];
    }

    [GeneratedRegex(@"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+", RegexOptions.IgnoreCase)]
    private static partial Regex Pattern();

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();
}
