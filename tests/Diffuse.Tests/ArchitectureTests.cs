using System.Text.RegularExpressions;
using Diffuse.Tests.Support;

namespace Diffuse.Tests;

public sealed partial class ArchitectureTests
{
    /// <summary>Data walks down this list once. Configuration may know all, and all may know it.</summary>
    private static readonly string[] Folders =
    [
        "Numerics", "Imaging", "Data", "Processes", "Parameterizations", "Networks", "Latents", "Denoising", "Conditions", "Objectives", "Training", "Guidance",
        "Samplers", "Evaluation", "Jobs",
    ];

    private static readonly string Source = Path.Combine(Repository.Root, "src", "Diffuse");

    [Fact]
    public void Every_folder_of_the_library_has_its_place() => Assert.Equal(
        Folders.Append("Configuration").Order(),
        Directory.GetDirectories(Source).Select(Path.GetFileName).Except(["bin", "obj"]).Order());

    [Fact]
    public void No_folder_refers_to_one_further_down()
    {
        var wrong =
            from folder in Folders
            from file in Directory.EnumerateFiles(Path.Combine(Source, folder), "*.cs", SearchOption.AllDirectories)
            from Match reference in Reference().Matches(File.ReadAllText(file))
            let other = reference.Groups[1].Value
            where Array.IndexOf(Folders, other) > Array.IndexOf(Folders, folder)
            select $"{Path.GetRelativePath(Source, file)} refers to {other}";
        Assert.Empty(wrong);
    }

    [GeneratedRegex(@"^using (?:static )?Diffuse\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex Reference();
}
