using System.Collections.Concurrent;
using System.Reflection;

namespace Diffuse.Configuration;

/// <summary>
/// The members of a family of options records (<c>SamplerOptions</c>: ddim, ddpm), found by <see cref="KindAttribute"/> in the family's assembly and in
/// those loaded that build on it.
/// </summary>
internal static class Kinds
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyDictionary<string, Type>> Known = [];

    /// <summary>True of the abstract record that a family's members inherit.</summary>
    public static bool IsFamily(Type type) => type.IsAbstract && Of(type).Count > 0;

    /// <summary>Kind to options record, by name.</summary>
    public static IReadOnlyDictionary<string, Type> Of(Type family) => Known.GetOrAdd(family, static family =>
        new SortedDictionary<string, Type>(
            AppDomain.CurrentDomain.GetAssemblies()
                .Where(assembly => assembly == family.Assembly || BuildsOn(family.Assembly, assembly))
                .SelectMany(assembly => assembly.GetTypes())
                .Where(type => !type.IsAbstract && type.IsAssignableTo(family) && type.IsDefined(typeof(KindAttribute), inherit: false))
                .ToDictionary(NameOf),
            StringComparer.Ordinal));

    public static string NameOf(Type options) => options.GetCustomAttribute<KindAttribute>(inherit: false)!.Name;

    private static bool BuildsOn(Assembly library, Assembly assembly) =>
        !assembly.IsDynamic && assembly.GetReferencedAssemblies().Any(reference => reference.Name == library.GetName().Name);
}
