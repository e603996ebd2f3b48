using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Diffuse.Tests.Torch;

/// <summary>
/// The public and protected members of an assembly as lines "type TAB kind TAB signature", with parameter names and defaults: the form in
/// which TorchSharp's own interface is listed.
/// </summary>
internal static class ApiSignatures
{
    const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Of(Assembly assembly) =>
        assembly.GetTypes().Where(Visible).SelectMany(Lines).Distinct().Order(StringComparer.Ordinal);

    static bool Visible(Type t) =>
        t.IsPublic || ((t.IsNestedPublic || t.IsNestedFamily || t.IsNestedFamORAssem) && Visible(t.DeclaringType!));

    static bool Visible(MethodBase m) => m.IsPublic || m.IsFamily || m.IsFamilyOrAssembly;

    static IEnumerable<string> Lines(Type t)
    {
        string owner = Name(t, []);
        yield return $"{owner}\ttype\t{Declaration(t, owner)}";
        if (t.IsSubclassOf(typeof(Delegate))) yield break;
        if (t.IsEnum)
        {
            foreach (string name in Enum.GetNames(t))
                yield return $"{owner}\tenumvalue\tpublic const {owner} {owner}.{name} = {owner}.{name}";
            yield break;
        }

        foreach (var c in t.GetConstructors(Declared & ~BindingFlags.Static).Where(Visible))
        {
            if (t.IsValueType && c.GetParameters().Length == 0) continue;
            yield return $"{owner}\tctor\t{Access(c)}{owner}({Parameters(c)})";
        }

        foreach (var f in t.GetFields(Declared).Where(f => (f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly) && !f.IsSpecialName))
        {
            string words = (f.IsPublic ? "public " : "protected ") + (f.IsLiteral ? "const " : f.IsStatic ? "static " : "")
                + (f.IsInitOnly ? "readonly " : "");
            yield return $"{owner}\tfield\t{words}{Name(f.FieldType, TupleNames(f))} {owner}.{f.Name}";
        }

        foreach (var p in t.GetProperties(Declared))
        {
            var accessors = p.GetAccessors(true).Where(Visible).ToList();
            if (accessors.Count == 0) continue;
            string get = p.GetMethod is { } g && Visible(g) ? " get;" : "", set = p.SetMethod is { } s && s.IsPublic ? " set;" : "";
            int indices = p.GetIndexParameters().Length;
            string what = indices == 0 ? p.Name : $"{p.Name}[{Parameters(accessors[0], indices)}]";
            string words = Access(accessors[0]) + Words(accessors[0]) + Name(p.PropertyType, TupleNames(p));
            yield return $"{owner}\t{(indices == 0 ? "property" : "indexer")}\t{words} {owner}.{what} {{{get}{set} }}";
        }

        foreach (var m in t.GetMethods(Declared).Where(Visible))
        {
            bool op = m.IsSpecialName && m.Name.StartsWith("op_", StringComparison.Ordinal);
            if (m.IsSpecialName && !op) continue;
            string generics = m.IsGenericMethod ? $"<{string.Join(", ", m.GetGenericArguments().Select(a => a.Name))}>" : "";
            string returns = Name(m.ReturnType, TupleNames(m.ReturnParameter));
            string extends = m.IsDefined(typeof(ExtensionAttribute), false) ? "this " : "";
            string bounds = string.Concat(m.GetGenericArguments().Select(Constraint));
            string words = $"{owner}\t{(op ? "operator" : "method")}\t{Access(m)}{Words(m)}{returns} ";
            yield return $"{words}{owner}.{m.Name}{generics}({extends}{Parameters(m)}){bounds}";
        }
    }

    static string Declaration(Type t, string owner)
    {
        string kind = t.IsAbstract && t.IsSealed ? "static class" : t.IsAbstract ? "abstract class" : t.IsSealed ? "sealed class" : "class";
        if (t.IsInterface) kind = "interface";
        else if (t.IsEnum) kind = "enum";
        else if (t.IsSubclassOf(typeof(Delegate))) kind = "delegate";
        else if (t.IsValueType) kind = "struct";
        var bases = new List<string>();
        if (t.IsEnum)
        {
            bases.Add(Name(Enum.GetUnderlyingType(t), []));
        }
        else
        {
            if (t.BaseType is { } b && b != typeof(object) && b != typeof(ValueType)) bases.Add(Name(b, TupleNames(t)));
            bases.AddRange(t.GetInterfaces().Select(i => Name(i, [])).Order(StringComparer.Ordinal));
        }
        string tail = bases.Count == 0 ? "" : " : " + string.Join(", ", bases);
        string bounds = t.IsGenericType ? string.Concat(Own(t).Select(Constraint)) : "";
        return $"{(t.IsNestedFamily ? "protected " : "public ")}{kind} {owner}{tail}{bounds}";
    }

    // A nested type repeats the type arguments of the one around it.
    static IEnumerable<Type> Own(Type t) => t.GetGenericArguments().Skip(t.DeclaringType?.GetGenericArguments().Length ?? 0);

    static string Constraint(Type argument)
    {
        var words = new List<string>();
        var flags = argument.GenericParameterAttributes;
        bool unmanaged = argument.GetCustomAttributesData().Any(a => a.AttributeType.Name == "IsUnmanagedAttribute");
        if (unmanaged) words.Add("unmanaged");
        else if (flags.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint)) words.Add("struct");
        if (flags.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint)) words.Add("class");
        words.AddRange(argument.GetGenericParameterConstraints().Where(c => c != typeof(ValueType) && !unmanaged).Select(c => Name(c, [])));
        if (flags.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint)
            && !flags.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint)) words.Add("new()");
        return words.Count == 0 ? "" : $" where {argument.Name} : {string.Join(", ", words)}";
    }

    static string Access(MethodBase m) => m.IsPublic ? "public " : "protected ";

    static string Words(MethodInfo m)
    {
        if (m.IsStatic) return "static ";
        if (m.DeclaringType!.IsInterface) return "";
        if (m.IsAbstract) return "abstract ";
        if (m.IsVirtual && m.GetBaseDefinition() != m) return "override ";
        return m.IsVirtual && !m.IsFinal ? "virtual " : "";
    }

    static string Parameters(MethodBase m, int count = int.MaxValue) => string.Join(", ", m.GetParameters().Take(count).Select(Parameter));

    static string Parameter(ParameterInfo p)
    {
        string prefix = p.IsDefined(typeof(ParamArrayAttribute)) ? "params " : p.IsOut ? "out " : p.ParameterType.IsByRef ? "ref " : "";
        var type = p.ParameterType.IsByRef ? p.ParameterType.GetElementType()! : p.ParameterType;
        return $"{prefix}{Name(type, TupleNames(p))} {p.Name}{(p.HasDefaultValue ? " = " + Default(p, type) : "")}";
    }

    static string Default(ParameterInfo p, Type type)
    {
        object? value = p.RawDefaultValue;
        var kind = Nullable.GetUnderlyingType(type) ?? type;
        if (value is null) return type.IsValueType && Nullable.GetUnderlyingType(type) is null ? "default" : "null";
        if (kind.IsEnum) return $"{Name(kind, [])}.{Enum.ToObject(kind, value)}";
        return value switch
        {
            bool b => b ? "true" : "false",
            string s => $"\"{s}\"",
            char c => $"'{c}'",
            double d => d.ToString("R", CultureInfo.InvariantCulture) + "d",
            float f => f.ToString("R", CultureInfo.InvariantCulture) + "f",
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };
    }

    static Queue<string?> TupleNames(ICustomAttributeProvider member)
    {
        var names = (TupleElementNamesAttribute?)member.GetCustomAttributes(typeof(TupleElementNamesAttribute), false).FirstOrDefault();
        return new(names?.TransformNames ?? []);
    }

    static string Name(Type t, IEnumerable<string?> tupleNames) => Name(t, new Queue<string?>(tupleNames));

    static string Name(Type t, Queue<string?> tuple)
    {
        if (t.IsGenericParameter) return t.Name;
        if (t.IsArray) return $"{Name(t.GetElementType()!, tuple)}[{new string(',', t.GetArrayRank() - 1)}]";
        if (Nullable.GetUnderlyingType(t) is { } value) return Name(value, tuple) + "?";
        var arguments = t.GetGenericArguments();
        if (t.IsGenericType && t.Namespace == "System" && t.Name.StartsWith("ValueTuple`", StringComparison.Ordinal))
        {
            var names = arguments.Select(_ => tuple.Count > 0 ? tuple.Dequeue() : null).ToArray();
            return $"({string.Join(", ", arguments.Select((a, i) => Name(a, tuple) + (names[i] is { } n ? " " + n : "")))})";
        }

        string outer = t.DeclaringType is { } around
            ? Name(around.IsGenericTypeDefinition && t.IsGenericType && arguments.Length >= around.GetGenericArguments().Length
                ? around.MakeGenericType(arguments[..around.GetGenericArguments().Length]) : around, []) + "."
            : t.Namespace + ".";
        int tick = t.Name.IndexOf('`');
        string own = tick < 0 ? t.Name : t.Name[..tick];
        int inherited = t.DeclaringType?.GetGenericArguments().Length ?? 0;
        return arguments.Length == inherited
            ? outer + own
            : $"{outer}{own}<{string.Join(", ", arguments.Skip(inherited).Select(a => Name(a, tuple)))}>";
    }
}
