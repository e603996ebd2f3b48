using Diffuse.Tests.Support;

namespace Diffuse.Tests.References;

public sealed class UnsupportedCases
{
    public static IEnumerable<object[]> Listed => Unsupported.Cases.Select(c => new object[] { c.File, c.Name });

    [Theory, MemberData(nameof(Listed))]
    public void A_listed_case_exists_and_gives_its_reason(string file, string name)
    {
        var reasons = Reference.OwnCases(file).Keys.Select(key => Unsupported.Reason(file, key)).OfType<string>();
        Assert.Contains(Unsupported.Cases.Single(c => c.File == file && c.Name == name).Reason, reasons);
    }
}
