using System.Reflection;
using System.Text.Json;

namespace Diffuse.Configuration;

/// <summary>The keys of an options record: its settable properties in snake_case, as declared, the base record's first.</summary>
internal static class ConfigKeys
{
    public static IReadOnlyList<PropertyInfo> Of(Type record)
    {
        Stack<Type> line = [];
        for (var type = record; type is not null && type != typeof(object); type = type.BaseType)
        {
            line.Push(type);
        }

        return
        [
            .. line.SelectMany(type => type
                .GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                .Where(property => property is { SetMethod.IsPublic: true, GetMethod: { } get } && get.GetBaseDefinition() == get)
                .OrderBy(property => property.MetadataToken)),
        ];
    }

    public static string Name(MemberInfo property) => Name(property.Name);

    /// <summary><c>EmaHalfLife</c> is <c>ema_half_life</c>; the members of enums are written the same way.</summary>
    public static string Name(string property) => JsonNamingPolicy.SnakeCaseLower.ConvertName(property);

    public static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";
}
