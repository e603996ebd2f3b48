using System.ComponentModel.DataAnnotations;

namespace Diffuse.Configuration;

/// <summary>What the type of an options property looks like in YAML: a word, a list, a family's member or a mapping of its own.</summary>
internal static class ConfigShapes
{
    /// <summary>T of <c>T[]</c> and <c>IReadOnlyList&lt;T&gt;</c>; null of anything else.</summary>
    public static Type? ElementOf(Type type) =>
        type.IsArray ? type.GetElementType()
        : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0]
        : null;

    public static bool IsRecord(Type type) =>
        type is { IsClass: true, IsAbstract: false } && ElementOf(type) is null && !ConfigScalars.IsScalar(type);

    /// <summary>How error texts describe what may stand here.</summary>
    public static string Allowed(Type type, IReadOnlyList<ValidationAttribute> rules) =>
        Nullable.GetUnderlyingType(type) is { } value ? Allowed(value, rules)
        : Kinds.IsFamily(type) ? string.Join(", ", Kinds.Of(type).Keys)
        : ElementOf(type) is { } element ? $"a list in brackets, each {Allowed(element, rules)}"
        : ConfigScalars.IsScalar(type) ? ConfigRanges.Allowed(type, rules)
        : $"a mapping with the keys {Keys(type)}";

    public static string Keys(Type record) =>
        ConfigKeys.Of(record) is { Count: > 0 } properties ? string.Join(", ", properties.Select(ConfigKeys.Name)) : "no keys";
}
