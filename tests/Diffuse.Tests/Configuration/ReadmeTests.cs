using Diffuse.Configuration;
using Diffuse.Tests.Support;

namespace Diffuse.Tests.Configuration;

public sealed class ReadmeTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

    public static TheoryData<string> Families =>
        [.. typeof(RunConfig).Assembly.GetTypes().Where(Kinds.IsFamily).Select(family => family.FullName!)];

    [Theory, MemberData(nameof(Families))]
    public void The_readme_names_every_kind(string family) =>
        Assert.All(
            Kinds.Of(typeof(RunConfig).Assembly.GetType(family)!).Where(kind => kind.Value.Assembly == typeof(RunConfig).Assembly),
            kind => Assert.Contains($"`{kind.Key}`", Text));

    [Fact]
    public void The_readme_shows_only_files_that_are_there() => Assert.All(
        System.Text.RegularExpressions.Regex.Matches(Text, @"(?:\]\(|src="")((?:configs|scripts|tests|src)/[^)""]+)").Select(match => match.Groups[1].Value),
        file => Assert.True(File.Exists(Path.Combine(Repository.Root, file)), file));

    [Fact]
    public void Every_config_of_the_repository_can_be_read() => Assert.All(
        Directory.GetFiles(Path.Combine(Repository.Root, "configs"), "*.yaml", SearchOption.AllDirectories), file => RunConfig.Read(file, []));
}
