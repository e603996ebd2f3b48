using Diffuse.Tests.Support;

namespace Diffuse.Tests.References;

public sealed class UnsupportedCases
{
    public static TheoryData<string, string> Listed => [.. Unsupported.Cases.Select(c => (c.File, c.Name))];

    [Theory, MemberData(nameof(Listed))]
    public void A_listed_case_exists_and_gives_its_reason(string file, string name)
    {
        var reasons = Reference.Cases(file).Keys.Select(key => Unsupported.Reason(file, key)).OfType<string>();
        Assert.Contains(Unsupported.Cases.Single(c => c.File == file && c.Name == name).Reason, reasons);
    }
}
