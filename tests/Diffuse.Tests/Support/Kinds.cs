using System.Reflection;
using Diffuse.Configuration;
using Diffuse.Processes;

namespace Diffuse.Tests.Support;

/// <summary>Every kind of a family of options, found as the product finds them: the law tests run over what is there.</summary>
internal static class Kinds
{
    public static IReadOnlyList<string> Of<T>() => [.. Types<T>().Select(type => type.GetCustomAttribute<KindAttribute>()!.Name).Order()];

    /// <summary>A kind with its defaults.</summary>
    public static T Default<T>(string kind) =>
        (T)Activator.CreateInstance(Types<T>().Single(type => type.GetCustomAttribute<KindAttribute>()!.Name == kind))!;

    private static IEnumerable<Type> Types<T>() => typeof(ForwardProcess).Assembly.GetTypes()
        .Where(type => type.IsAssignableTo(typeof(T)) && !type.IsAbstract && type.GetCustomAttribute<KindAttribute>() is not null);
}
