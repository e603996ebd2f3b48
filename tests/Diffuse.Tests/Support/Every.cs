using Diffuse.Configuration;

namespace Diffuse.Tests.Support;

/// <summary>Every kind of a family of options, found as the product finds them: the law tests run over what is there.</summary>
internal static class Every
{
    public static IReadOnlyList<string> Kind<T>() => [.. Kinds.Of(typeof(T)).Keys];

    /// <summary>A kind with its defaults.</summary>
    public static T Default<T>(string kind) => (T)Activator.CreateInstance(Kinds.Of(typeof(T))[kind])!;
}
