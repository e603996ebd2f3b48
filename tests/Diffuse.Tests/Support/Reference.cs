using System.Collections.Concurrent;
using System.IO.Enumeration;
using System.Reflection;
using System.Text.Json;
using Xunit.Sdk;

namespace Diffuse.Tests.Support;

/// <summary>
/// Numbers that the published implementations computed: JSON files in the folder named by DIFFUSE_REFERENCE, else in tests/reference.
/// Each holds cases by name, a case its inputs and what is expected of them.
/// </summary>
internal static class Reference
{
    private static readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, ReferenceCase>> files = new();

    public static string Folder { get; } = Environment.GetEnvironmentVariable("DIFFUSE_REFERENCE") is { Length: > 0 } named ? named : OwnCopy;

    private static string OwnCopy => Path.Combine(Repository.Root, "tests", "reference");

    /// <summary>All cases of <c>{file}.json</c> by name, in their order.</summary>
    public static IReadOnlyDictionary<string, ReferenceCase> Cases(string file) => files.GetOrAdd(file, _ => Read(Folder, file));

    /// <summary>The cases of the repository's own copy, whatever folder is in its place.</summary>
    public static IReadOnlyDictionary<string, ReferenceCase> OwnCases(string file) => Read(OwnCopy, file);

    public static ReferenceCase Case(string file, string name) => Cases(file)[name];

    private static Dictionary<string, ReferenceCase> Read(string folder, string file)
    {
        using var stream = File.OpenRead(Path.Combine(folder, file + ".json"));
        var root = JsonDocument.Parse(stream).RootElement;
        return root.GetProperty("cases").EnumerateArray()
            .Select(element => new ReferenceCase(new ReferenceValue(element)))
            .ToDictionary(c => c.Name);
    }
}

/// <summary>One case of a reference file.</summary>
internal sealed record ReferenceCase(ReferenceValue Whole)
{
    public string Name => Whole["name"].Text;

    public ReferenceValue Inputs => Whole["inputs"];

    /// <summary>The published code run in float64.</summary>
    public ReferenceValue Expected => Whole["expected"];

    /// <summary>The published code as it is, in float32.</summary>
    public ReferenceValue Float32 => Whole["expected_float32"];
}

/// <summary>
/// The names of a file's supported cases, as theory data: <c>[Theory, ReferenceCases("schedules")] void Test(string name)</c>. Cases that
/// <see cref="Unsupported"/> lists are left out here and shown by a test of their own.
/// </summary>
/// <param name="named">Which of the file's cases; * stands for any text.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ReferenceCasesAttribute(string file, string named = "*") : DataAttribute
{
    /// <summary>Those alone that have such an input; null: all.</summary>
    public string? Having { get; init; }

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => Reference.Cases(file)
        .Where(c => FileSystemName.MatchesSimpleExpression(named, c.Key) && (Having is null || c.Value.Inputs.Has(Having)))
        .Where(c => Unsupported.Reason(file, c.Key) is null)
        .Select(c => new object[] { c.Key });
}
