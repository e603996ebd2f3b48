using System.IO.Compression;

namespace Diffuse.ApiCheck;

/// <summary>One type of a listed API with its members and the types nested in it.</summary>
internal sealed class ApiType(string name, string simpleName)
{
    /// <summary>As the list has it: dotted, with the names of its type parameters.</summary>
    public string Name => name;

    /// <summary>The last part of the name, type parameters included.</summary>
    public string SimpleName => simpleName;

    /// <summary>The signature of the type itself, or null where the list only mentions it.</summary>
    public string? Declaration { get; set; }

    /// <summary>By declaration; a type that is only mentioned goes by its name.</summary>
    public bool IsInterface => Declaration is null ? SimpleName is ['I', >= 'A' and <= 'Z', ..] : Declaration.Contains(" interface ");

    public List<(string Kind, string Signature)> Members { get; } = [];

    public List<ApiType> Nested { get; } = [];
}

/// <summary>The public API of one assembly as a tree: namespaces hold types, types hold members and types.</summary>
internal sealed class ApiList
{
    private readonly Dictionary<string, ApiType> _types = new(StringComparer.Ordinal);

    private readonly Dictionary<string, ApiType> _byArity = new(StringComparer.Ordinal);

    /// <summary>The outermost types by namespace.</summary>
    public SortedDictionary<string, List<ApiType>> Namespaces { get; } = new(StringComparer.Ordinal);

    public static ApiList Read(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        var lines = new List<string[]>();
        while (reader.ReadLine() is { } line)
            lines.Add(line.Split('\t') is { Length: 3 } columns ? columns : throw new FormatException($"{path}: three columns expected: {line}"));

        var api = new ApiList();
        var declared = lines.Where(l => l[1] == "type").Select(l => l[0]).Concat(Mentioned(lines)).ToHashSet(StringComparer.Ordinal);
        foreach (var name in declared.OrderBy(n => n.Length))
            api.Add(name);
        foreach (var columns in lines)
        {
            var type = api._types[columns[0]];
            if (columns[1] == "type")
                type.Declaration = columns[2];
            else
                type.Members.Add((columns[1], columns[2]));
        }

        return api;
    }

    /// <summary>The type of this list that the C# name <paramref name="type"/> means, whatever its arguments; null for the runtime's.</summary>
    public ApiType? Find(string type) => _byArity.GetValueOrDefault(Bare(type.Replace("global::", "").Replace("@", "")));

    /// <summary>Types that a signature names but the list does not hold (internal ones, or another package's).</summary>
    private static IEnumerable<string> Mentioned(List<string[]> lines)
    {
        var listed = lines.Where(l => l[1] == "type").Select(l => Bare(l[0])).ToHashSet(StringComparer.Ordinal);
        return lines.SelectMany(l => Signature.NamesIn(l[1], l[2]))
            .Where(n => !n.StartsWith("System.", StringComparison.Ordinal) && !listed.Contains(n))
            .Distinct()
            .Select(Unbare);
    }

    private void Add(string name)
    {
        var cut = LastDot(name);
        var type = new ApiType(name, name[(cut + 1)..]);
        _types.Add(name, type);
        _byArity.Add(Bare(name), type);
        if (!_types.ContainsKey(name[..cut]) && _types.Keys.Any(t => name.StartsWith(t + ".", StringComparison.Ordinal)))
            Add(name[..cut]);
        if (_types.TryGetValue(name[..cut], out var outer))
            outer.Nested.Add(type);
        else if (Namespaces.TryGetValue(name[..cut], out var types))
            types.Add(type);
        else
            Namespaces.Add(name[..cut], [type]);
    }

    private static int LastDot(string name)
    {
        var depth = 0;
        for (var i = name.Length - 1; ; i--)
        {
            depth += name[i] switch { '>' => 1, '<' => -1, _ => 0 };
            if (depth == 0 && name[i] == '.')
                return i;
        }
    }

    private static string Bare(string name)
    {
        var scanner = new Scanner(name);
        scanner.Type();
        return scanner.Names[^1];
    }

    private static string Unbare(string bare) =>
        bare.Split('`') is [var name, var arity] ? $"{name}<{string.Join(", ", Enumerable.Range(1, int.Parse(arity)).Select(i => "T" + i))}>" : bare;
}
