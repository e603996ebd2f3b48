using System.Reflection;

namespace Diffuse.ApiCheck;

/// <summary>The runtime's interfaces, which a listed type may implement without a public member to show for it.</summary>
internal static class RuntimeInterface
{
    /// <summary>Explicit implementations of all that <paramref name="type"/> asks for; none if it is no runtime interface.</summary>
    public static IEnumerable<string> Implement(string type)
    {
        if (Find(type, out var arguments) is not { IsInterface: true } found)
            yield break;
        var names = found.GetGenericArguments().Zip(arguments).ToDictionary(p => p.First, p => p.Second);
        foreach (var method in found.GetMethods().Where(m => m is { IsAbstract: true, IsSpecialName: false, IsStatic: false }))
            yield return $"{Text(method.ReturnType, names)} {type}.{method.Name}({Parameters(method.GetParameters(), names)}) => throw null;";
        foreach (var property in found.GetProperties().Where(p => p.GetMethod is not { IsStatic: true }))
        {
            var index = property.GetIndexParameters();
            var name = index.Length > 0 ? $"this[{Parameters(index, names)}]" : property.Name;
            var accessors = (property.CanRead ? "get => throw null; " : "") + (property.CanWrite ? "set => throw null; " : "");
            yield return $"{Text(property.PropertyType, names)} {type}.{name} {{ {accessors}}}";
        }
    }

    private static Type? Find(string type, out string[] arguments)
    {
        var scanner = new Scanner(type.Replace("global::", ""));
        scanner.Type();
        arguments = [];
        if (type.IndexOf('<') is > 0 and var open)
        {
            var inner = new Scanner(type[(open + 1)..^1]);
            var list = new List<string>();
            do
                list.Add(inner.Until(","));
            while (inner.Take(","));
            arguments = [.. list];
        }

        return scanner.Names.Count == 0 ? null : System.Type.GetType(scanner.Names[^1]);
    }

    private static string Parameters(ParameterInfo[] parameters, Dictionary<Type, string> names) =>
        string.Join(", ", parameters.Select(p => (p.IsOut ? "out " : "") + Text(p.ParameterType, names) + " @" + p.Name));

    private static string Text(Type type, Dictionary<Type, string> names)
    {
        if (names.TryGetValue(type, out var name))
            return name;
        if (type == typeof(void))
            return "void";
        if (type.IsByRef)
            return Text(type.GetElementType()!, names);
        if (type.IsArray)
            return Text(type.GetElementType()!, names) + "[]";
        var full = "global::" + type.Namespace + "." + type.Name.Split('`')[0];
        return type.IsGenericType ? $"{full}<{string.Join(", ", type.GetGenericArguments().Select(a => Text(a, names)))}>" : full;
    }
}
