using System.Text;

namespace Diffuse.ApiCheck;

/// <summary>
/// Reads the parts of one signature from left to right and gives them back as C#: dotted names become
/// <c>global::</c> names, so that no member of the stub can hide a namespace, and keywords get their @.
/// </summary>
internal sealed class Scanner(string text)
{
    private static readonly HashSet<string> Keywords =
    [
        "abstract", "as", "base", "bool", "break", "byte", "case", "catch", "char", "checked", "class", "const", "continue",
        "decimal", "default", "delegate", "do", "double", "else", "enum", "event", "explicit", "extern", "false", "finally",
        "fixed", "float", "for", "foreach", "goto", "if", "implicit", "in", "int", "interface", "internal", "is", "lock", "long",
        "namespace", "new", "null", "object", "operator", "out", "override", "params", "private", "protected", "public",
        "readonly", "ref", "return", "sbyte", "sealed", "short", "sizeof", "stackalloc", "static", "string", "struct", "switch",
        "this", "throw", "true", "try", "typeof", "uint", "ulong", "unchecked", "unsafe", "ushort", "using", "virtual", "void",
        "volatile", "while",
    ];

    private int _at;

    /// <summary>Every dotted name read as a type, with its arity for its type arguments; a type comes after its arguments.</summary>
    public List<string> Names { get; } = [];

    public bool Done => _at >= text.Length;

    public char Next => Done ? '\0' : text[_at];

    public static string Escape(string name) => Keywords.Contains(name) ? "@" + name : name;

    public bool Take(string token)
    {
        Blank();
        if (!text.AsSpan(_at).StartsWith(token, StringComparison.Ordinal))
            return false;
        var end = _at + token.Length;
        if (char.IsAsciiLetter(token[^1]) && end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] is '_' or '.'))
            return false;
        _at = end;
        return true;
    }

    public void Expect(string token)
    {
        if (!Take(token))
            throw new FormatException($"'{token}' expected at column {_at + 1} of: {text}");
    }

    public string Identifier()
    {
        Blank();
        var start = _at;
        while (!Done && (char.IsLetterOrDigit(Next) || Next == '_'))
            _at++;
        return _at > start ? text[start.._at] : throw new FormatException($"name expected at column {_at + 1} of: {text}");
    }

    /// <summary>A type: tuple, dotted generic name, then any of *, ? and array brackets.</summary>
    public string Type()
    {
        Blank();
        var type = new StringBuilder();
        foreach (var prefix in (string[])["ref readonly", "ref"])
            if (Take(prefix))
                type.Append(prefix).Append(' ');
        type.Append(Take("(") ? Tuple() : Name());
        while (true)
        {
            if (Next is '*' or '?')
                type.Append(text[_at++]);
            else if (Next == '[')
            {
                var end = text.IndexOf(']', _at);
                type.Append(text, _at, end + 1 - _at);
                _at = end + 1;
            }
            else
                return type.ToString();
        }
    }

    /// <summary>What stands up to the end or one of <paramref name="stops"/>, outside of quotes and brackets.</summary>
    public string Until(string stops)
    {
        Blank();
        var start = _at;
        for (var depth = 0; !Done; _at++)
        {
            if (Next is '"' or '\'')
                _at = text.IndexOf(Next, _at + 1);
            else if (depth == 0 && stops.Contains(Next))
                break;
            else if (Next is '(' or '[' or '<')
                depth++;
            else if (Next is ')' or ']' or '>')
                depth--;
        }

        return text[start.._at].Trim();
    }

    private string Tuple()
    {
        var parts = new List<string>();
        do
        {
            var part = Type();
            Blank();
            parts.Add(Next is ',' or ')' ? part : $"{part} {Escape(Identifier())}");
        }
        while (Take(","));
        Expect(")");
        return $"({string.Join(", ", parts)})";
    }

    private string Name()
    {
        var bare = new StringBuilder();
        var name = new StringBuilder();
        while (true)
        {
            var part = Identifier();
            bare.Append(part);
            name.Append(Escape(part));
            if (Next == '<')
            {
                _at++;
                var arguments = new List<string>();
                do
                    arguments.Add(Type());
                while (Take(","));
                Expect(">");
                name.Append('<').AppendJoin(", ", arguments).Append('>');
                bare.Append('`').Append(arguments.Count);
            }

            if (Next != '.')
                break;
            _at++;
            bare.Append('.');
            name.Append('.');
        }

        var full = bare.ToString();
        if (!full.Contains('.'))
            return name.ToString();
        Names.Add(full);
        return full == "System.Void" ? "void" : "global::" + name;
    }

    private void Blank()
    {
        while (!Done && Next == ' ')
            _at++;
    }
}
