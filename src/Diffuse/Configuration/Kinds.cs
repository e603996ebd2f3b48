using System.Collections.Concurrent;
using System.Reflection;

namespace Diffuse.Configuration;

/// <summary>The members of a family of options records (<c>SamplerOptions</c>: ddim, ddpm), found by <see cref="KindAttribute"/>.</summary>
internal static class Kinds
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyDictionary<string, Type>> Known = [];

    /// <summary>True of the abstract record that a family's members inherit.</summary>
    public static bool IsFamily(Type type) => type.IsAbstract && Of(type).Count > 0;

    /// <summary>Kind to options record, by name.</summary>
    public static IReadOnlyDictionary<string, Type> Of(Type family) => Known.GetOrAdd(family, static family =>
        new SortedDictionary<string, Type>(
            family.Assembly.GetTypes()
                .Where(type => !type.IsAbstract && type.IsAssignableTo(family) && type.IsDefined(typeof(KindAttribute), inherit: false))
                .ToDictionary(NameOf),
            StringComparer.Ordinal));

    public static string NameOf(Type options) => options.GetCustomAttribute<KindAttribute>(inherit: false)!.Name;
}
