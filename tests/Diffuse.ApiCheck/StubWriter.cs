using System.Text;

namespace Diffuse.ApiCheck;

/// <summary>
/// Writes a listed API as C#. Every body is <c>throw null</c>. Two things are added that no caller outside can see: an internal
/// constructor per class, for derived classes of the stub to call, and explicit implementations of the runtime's interfaces,
/// which the list leaves out.
/// </summary>
internal sealed class StubWriter(ApiList api)
{
    private const string Token = "global::ApiStub";

    private static readonly HashSet<string> RefStructs = ["SixLabors.ImageSharp.PixelAccessor<TPixel>"];

    private static readonly HashSet<string> ObjectMembers = ["ToString", "Equals", "GetHashCode"];

    private static readonly Dictionary<string, string> Operators = new()
    {
        ["op_Addition"] = "+", ["op_Subtraction"] = "-", ["op_Multiply"] = "*", ["op_Division"] = "/", ["op_Modulus"] = "%",
        ["op_UnaryNegation"] = "-", ["op_UnaryPlus"] = "+", ["op_LogicalNot"] = "!", ["op_OnesComplement"] = "~",
        ["op_BitwiseAnd"] = "&", ["op_BitwiseOr"] = "|", ["op_ExclusiveOr"] = "^", ["op_LeftShift"] = "<<",
        ["op_RightShift"] = ">>", ["op_Equality"] = "==", ["op_Inequality"] = "!=", ["op_LessThan"] = "<",
        ["op_GreaterThan"] = ">", ["op_LessThanOrEqual"] = "<=", ["op_GreaterThanOrEqual"] = ">=",
        ["op_Increment"] = "++", ["op_Decrement"] = "--", ["op_True"] = "true", ["op_False"] = "false",
    };

    private readonly StringBuilder _code = new();

    public string Write()
    {
        _code.AppendLine("#pragma warning disable");
        _code.AppendLine("internal sealed class ApiStub { }");
        foreach (var (space, types) in api.Namespaces)
        {
            _code.AppendLine($"namespace {space}").AppendLine("{");
            types.ForEach(WriteType);
            _code.AppendLine("}");
        }

        return _code.ToString();
    }

    private void WriteType(ApiType type)
    {
        if (type.Declaration is null)
        {
            _code.AppendLine($"public {(type.IsInterface ? "interface" : "class")} {type.SimpleName} {{");
            if (!type.IsInterface)
                _code.AppendLine($"internal {type.SimpleName.Split('<')[0]}({Token} stub) => throw null;");
            type.Nested.ForEach(WriteType);
            _code.AppendLine("}");
            return;
        }

        var shape = TypeSignature.Read(new Scanner(type.Declaration));
        var modifiers = string.Join(' ', shape.Modifiers);
        if (shape.Kind == "delegate")
        {
            var call = Signature.Read("delegate", type.Members.Single(m => m.Kind == "delegate").Signature, type.Name);
            _code.AppendLine($"{modifiers} unsafe delegate {call.Result} {type.SimpleName}({Join(call.Parameters)}){shape.Constraints};");
            return;
        }

        if (shape.Kind == "enum")
        {
            var values = type.Members.Where(m => m.Kind == "enumvalue").Select(m => Scanner.Escape(Signature.Read(m.Kind, m.Signature, type.Name).Name));
            _code.AppendLine($"{modifiers} enum {type.SimpleName} : {shape.Bases[0]} {{ {string.Join(", ", values)} }}");
            return;
        }

        var refStruct = RefStructs.Contains(type.Name) ? "ref " : "";
        var bases = shape.Bases.Length == 0 ? "" : " : " + string.Join(", ", shape.Bases);
        _code.AppendLine($"{modifiers} unsafe {refStruct}partial {shape.Kind} {type.SimpleName}{bases}{shape.Constraints}").AppendLine("{");
        var simple = type.SimpleName.Split('<')[0];
        var derives = shape.Kind == "class" && shape.Bases is [var first, ..] && api.Find(first) is { IsInterface: false };
        var known = !derives || BasesAreListed(shape);
        if (shape.Kind == "class" && !shape.Modifiers.Contains("static"))
            _code.AppendLine($"internal {simple}({Token} stub){(derives ? $" : base(({Token})null)" : "")} => throw null;");
        foreach (var (kind, text) in type.Members)
            WriteMember(Known(Signature.Read(kind, text, type.Name), known), kind, simple, shape.Kind, derives);
        if (shape.Kind is "class" or "struct")
            foreach (var name in shape.Bases)
                foreach (var member in RuntimeInterface.Implement(name))
                    _code.AppendLine(member);
        type.Nested.ForEach(WriteType);
        _code.AppendLine("}");
    }

    /// <summary>Whether every class above is in the list, so that what a member overrides is there.</summary>
    private bool BasesAreListed(TypeSignature shape)
    {
        while (shape.Bases is [var first, ..] && api.Find(first) is { IsInterface: false } found)
        {
            if (found.Declaration is null)
                return false;
            shape = TypeSignature.Read(new Scanner(found.Declaration));
        }

        return true;
    }

    private static Signature Known(Signature member, bool basesAreListed) => basesAreListed ? member
        : member with { Modifiers = [.. member.Modifiers.Where(m => m != "override" || ObjectMembers.Contains(member.Name))] };

    private void WriteMember(Signature member, string kind, string typeName, string typeKind, bool derives)
    {
        if (kind == "method" && member.Name == "Finalize")
            return;
        var modifiers = typeKind == "interface" && !member.Is("static") ? "" : string.Join(' ', member.Modifiers) + " ";
        var bodyless = member.Is("abstract") || typeKind == "interface";
        var body = bodyless ? ";" : " => throw null;";
        var name = Scanner.Escape(member.Name);
        var line = kind switch
        {
            "ctor" => $"{modifiers}{typeName}({Join(member.Parameters)}){(derives ? $" : base(({Token})null)" : "")} => throw null;",
            "field" => $"{modifiers}{member.Result} {name} {member.Rest};",
            "method" => $"{modifiers}{member.Result} {name}{member.TypeParameters}({Join(member.Parameters)})"
                + (member.Is("override") ? "" : member.Constraints) + body,
            "property" => $"{modifiers}{member.Result} {name} {Accessors(member.Rest, bodyless)}",
            "indexer" => (member.Name == "Item" || member.Is("override") ? "" : $"[global::System.Runtime.CompilerServices.IndexerName(\"{member.Name}\")] ")
                + $"{modifiers}{member.Result} this[{Join(member.Parameters)}] {Accessors(member.Rest, bodyless)}",
            "operator" when member.Name is "op_Implicit" or "op_Explicit" =>
                $"{modifiers}{(member.Name == "op_Implicit" ? "implicit" : "explicit")} operator {member.Result}({Join(member.Parameters)}){body}",
            "operator" when Operators.TryGetValue(member.Name, out var symbol) =>
                $"{modifiers}{member.Result} operator {symbol}({Join(member.Parameters)}){body}",
            "operator" => $"{modifiers}{member.Result} {member.Name}({Join(member.Parameters)}){body}", // F#'s own, a method to C#
            _ => throw new FormatException($"unknown kind of member '{kind}' ({member.Name})"),
        };
        _code.AppendLine(line);
    }

    private static string Accessors(string braces, bool bodyless) =>
        bodyless ? braces : braces.Replace("get;", "get => throw null;").Replace("set;", "set => throw null;").Replace("init;", "init => throw null;");

    private static string Join(Parameter[] parameters) => string.Join(", ", (IEnumerable<Parameter>)parameters);
}
