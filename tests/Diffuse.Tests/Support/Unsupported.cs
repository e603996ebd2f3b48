using System.IO.Enumeration;

namespace Diffuse.Tests.Support;

/// <summary>The closed list of reference cases that are not run, each with its reason. A name may hold * for any text.</summary>
internal static class Unsupported
{
    public static IReadOnlyList<(string File, string Name, string Reason)> Cases { get; } =
    [
    ];

    /// <summary>Why a case is not run; null where it is.</summary>
    public static string? Reason(string file, string name) =>
        Cases.Where(c => c.File == file && FileSystemName.MatchesSimpleExpression(c.Name, name)).Select(c => c.Reason).FirstOrDefault();
}
