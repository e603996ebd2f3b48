namespace Diffuse.ApiCheck;

internal sealed record Parameter(string Modifier, string Type, string Name, string? Default)
{
    public override string ToString() => $"{Modifier}{Type} {Name}{(Default is null ? "" : " = " + Default)}";
}

/// <summary>
/// One line of the list in its parts, each already C#:
/// <c>modifiers result declaring-type.name&lt;type parameters&gt;(parameters) where constraints</c>.
/// </summary>
internal sealed record Signature(
    string[] Modifiers, string Result, string Name, string TypeParameters, Parameter[] Parameters, string Constraints, string Rest)
{
    private static readonly string[] AllModifiers =
        ["public", "protected", "static", "abstract", "virtual", "override", "sealed", "readonly", "const", "new"];

    public bool Is(string modifier) => Modifiers.Contains(modifier);

    /// <summary>Reads a member of a type whose full name in the list is <paramref name="owner"/>.</summary>
    public static Signature Read(string kind, string text, string owner) => Read(kind, text, owner, new Scanner(text));

    public static IEnumerable<string> NamesIn(string kind, string text)
    {
        var scanner = new Scanner(text);
        if (kind == "type")
            TypeSignature.Read(scanner);
        else
            Read(kind, text, null, scanner);
        return scanner.Names;
    }

    public static string Constraint(Scanner scanner)
    {
        var constraints = "";
        while (scanner.Take("where"))
        {
            constraints += $" where {scanner.Identifier()} : ";
            scanner.Expect(":");
            do
                constraints += (constraints.EndsWith(' ') ? "" : ", ") + (scanner.Take("new()") ? "new()" : OneConstraint(scanner));
            while (scanner.Take(","));
        }

        return constraints;
    }

    public static string[] ReadModifiers(Scanner scanner)
    {
        var modifiers = new List<string>();
        while (AllModifiers.FirstOrDefault(scanner.Take) is { } modifier)
            modifiers.Add(modifier);
        return [.. modifiers];
    }

    private static string OneConstraint(Scanner scanner) =>
        ((string[])["class", "struct", "unmanaged", "notnull"]).FirstOrDefault(scanner.Take) ?? scanner.Type();

    private static Signature Read(string kind, string text, string? owner, Scanner scanner)
    {
        var modifiers = ReadModifiers(scanner);
        var result = kind is "ctor" ? "" : scanner.Type();
        var qualified = scanner.Until(kind is "property" ? "{" : kind is "field" or "enumvalue" ? "=" : "([");
        var name = owner is null || kind is "ctor" or "delegate" ? "" : qualified[(owner.Length + 1)..];
        var generic = name.IndexOf('<');
        var parameters = kind is "property" or "field" or "enumvalue" ? [] : ReadParameters(scanner);
        var constraints = Constraint(scanner);
        return new Signature(
            modifiers, result, generic < 0 ? name : name[..generic], generic < 0 ? "" : name[generic..], parameters, constraints,
            scanner.Until(""));
    }

    private static Parameter[] ReadParameters(Scanner scanner)
    {
        var close = scanner.Take("[") ? "]" : ")";
        if (close == ")")
            scanner.Expect("(");
        var parameters = new List<Parameter>();
        while (!scanner.Take(close))
        {
            var modifier = ((string[])["this", "params", "out", "in", "ref"]).FirstOrDefault(scanner.Take);
            var type = scanner.Type();
            var name = Scanner.Escape(scanner.Identifier());
            var value = scanner.Take("=") ? Value(scanner.Until("," + close)) : null;
            parameters.Add(new Parameter(modifier is null ? "" : modifier + " ", type, name, value));
            scanner.Take(",");
        }

        return [.. parameters];
    }

    /// <summary>A default value: null stands for the default of any type, a dotted name is an enum's.</summary>
    private static string Value(string text)
    {
        if (text == "null")
            return "default";
        return char.IsAsciiLetterUpper(text[0]) && text.Contains('.') ? new Scanner(text).Type() : text;
    }
}

/// <summary>The declaration of a type: kind (class, struct, interface, enum, delegate), base types and constraints.</summary>
internal sealed record TypeSignature(string[] Modifiers, string Kind, string[] Bases, string Constraints)
{
    public static TypeSignature Read(Scanner scanner)
    {
        var modifiers = Signature.ReadModifiers(scanner);
        var kind = ((string[])["class", "struct", "interface", "enum", "delegate"]).First(scanner.Take);
        scanner.Type();
        var bases = new List<string>();
        if (scanner.Take(":"))
            do
                bases.Add(scanner.Type());
            while (scanner.Take(","));
        return new TypeSignature(modifiers, kind, [.. bases], Signature.Constraint(scanner));
    }
}
