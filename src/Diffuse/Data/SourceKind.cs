using Diffuse.Configuration;

namespace Diffuse.Data;

/// <summary>
/// A form in which data sets come, and its reader; marked with the <see cref="KindAttribute"/> by which <c>data.kind</c> names it.
/// </summary>
internal abstract class SourceKind
{
    /// <summary>What is looked for, for the message when nothing is found.</summary>
    public abstract string LooksFor { get; }

    /// <summary>True when another kind's claim to the same path goes before this one's.</summary>
    public virtual bool IsFallback => false;

    /// <summary>Whether the file or folder looks like this kind, by names and first bytes.</summary>
    public abstract bool Recognizes(string path);

    /// <exception cref="ConfigException">The path does not hold what this kind needs.</exception>
    public abstract IImageSource Open(string path);

    public static IImageSource Open(string path, SourceName kind)
    {
        if (!Path.Exists(path))
        {
            throw Problem.OfPath($"{path} does not exist{Suggestion(path)}");
        }

        try
        {
            return Choose(path, kind).Open(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw Problem.OfPath($"{path} cannot be read: {e.Message}");
        }
    }

    private static SourceKind Choose(string path, SourceName kind)
    {
        if (kind != SourceName.Auto)
        {
            return Create(Kinds.Of(typeof(SourceKind))[kind.Name]);
        }

        var claims = Kinds.Of(typeof(SourceKind)).Values.Select(Create).Where(k => k.Recognizes(path)).ToList();
        var best = claims.Any(k => !k.IsFallback) ? claims.FindAll(k => !k.IsFallback) : claims;
        return best switch
        {
            [var one] => one,
            [] => throw Problem.OfPath($"{path} is none of {Forms()}"),
            _ => throw new ConfigException($"data.kind: {path} can be read as {string.Join(" or ", best.Select(Name))}; say which"),
        };
    }

    private static string Name(SourceKind kind) => Kinds.NameOf(kind.GetType());

    private static string Forms() =>
        string.Join("; ", Kinds.Of(typeof(SourceKind)).Select(k => $"{k.Key}: {Create(k.Value).LooksFor}"));

    private static SourceKind Create(Type type) => (SourceKind)Activator.CreateInstance(type)!;

    private static string Suggestion(string path)
    {
        var parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(path));
        if (!Directory.Exists(parent))
        {
            return string.IsNullOrEmpty(parent) ? "" : $" (nor does {parent})";
        }

        var beside = Directory.EnumerateFileSystemEntries(parent).Select(entry => Path.GetFileName(entry));
        var question = DidYouMean.Question(Path.GetFileName(Path.TrimEndingDirectorySeparator(path)), beside);
        return question.Length > 0 ? "; " + question.TrimEnd() : "";
    }
}

/// <summary><c>auto</c>, or the name of a <see cref="SourceKind"/>.</summary>
public readonly record struct SourceName(string Name)
{
    public static SourceName Auto { get; } = new("auto");

    /// <exception cref="FormatException">No such kind; the message lists them.</exception>
    public static SourceName Parse(string text) =>
        text == Auto.Name || Kinds.Of(typeof(SourceKind)).ContainsKey(text)
            ? new(text)
            : throw new FormatException(string.Join(", ", Kinds.Of(typeof(SourceKind)).Keys.Prepend(Auto.Name)));

    public override string ToString() => Name;
}
