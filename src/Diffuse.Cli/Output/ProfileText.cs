using Diffuse.Configuration;

namespace Diffuse.Cli.Output;

/// <summary>Where the time of training goes, for people.</summary>
internal static class ProfileText
{
    /// <summary>Operators below the first ones are one line.</summary>
    private const int Shown = 16;

    public static string Of(ProfileResult profile)
    {
        var whole = profile.Parts.Sum(part => part.Seconds);
        var text = new List<string>
        {
            profile.Summary,
            $"a step of {profile.Batch} images takes {Milliseconds(profile.Step)} ms: {profile.Batch / profile.Step:f1} images a second, {profile.Collections:f2} garbage collections",
            "",
            Table(["part", "ms", "share"], [.. profile.Parts.Select(part => new[] { part.Name, Milliseconds(part.Seconds), Share(part.Seconds / whole) })]),
            "",
        };
        if (profile.Operators.Count > 0)
        {
            var all = profile.Operators.Sum(one => one.Seconds);
            var rest = profile.Operators.Skip(Shown).ToList();
            var rows = profile.Operators.Take(Shown).Append(($"{rest.Count} others", rest.Sum(one => one.Calls), rest.Sum(one => one.Seconds)));
            text.Add(Table(
                ["operator of libtorch, by itself", "calls", "ms", "share"],
                [.. rows.Select(row => new[] { Name(row.Item1), $"{row.Item2:f0}", Milliseconds(row.Item3), Share(row.Item3 / all) })]));
            text.Add("");
        }

        text.Add(Table(
            ["libtorch's convolutions of a step, alone at their fastest", "ms", "Gflop/s", "reached by the step"],
            [.. profile.Bounds.Select(bound => new[] { bound.Precision, Milliseconds(bound.Seconds), $"{bound.Operations / bound.Seconds / 1e9:f0}", Share(bound.Seconds / profile.Step) })]));
        return string.Join(Environment.NewLine, text);
    }

    private static string Table(string[] head, IReadOnlyList<string[]> rows) => AlignedRows.Of([head, .. rows], column => column > 0);

    private static string Milliseconds(double seconds) => $"{seconds * 1000:f1}";

    private static string Share(double share) => $"{100 * share:f1}%";

    /// <summary>Without namespaces: <c>aten::add</c> is add, a C++ node of the graph its class.</summary>
    private static string Name(string name)
    {
        var inner = name.LastIndexOf("Node<", StringComparison.Ordinal) is var node and >= 0 ? name[(node + 5)..].TrimEnd('>') : name;
        return inner[(inner.LastIndexOf(':') + 1)..] + (inner == name ? "" : " (backward)");
    }
}
