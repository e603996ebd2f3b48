using System.IO.Compression;
using System.Text.RegularExpressions;
using TorchSharp;

namespace Diffuse.Tests.Torch;

/// <summary>
/// Holds the binding against the public interface of TorchSharp 0.106.0 (tests/api): it adds nothing, and what it has it has with every
/// overload, since a missing one changes what a call binds to.
/// </summary>
public sealed class PublicApiTests
{
    /// <summary>Overloads that the binding leaves out, by a part of their line.</summary>
    static readonly (string Part, string Reason)[] LeftOut =
    [
        ("IntPtr handle, System.IntPtr boxedHandle", "modules here have no native counterpart"),
        ("Tensor.flatten(System.Collections.Generic.IList<System.String> dims", "named dimensions are not supported"),
        ("Tensor.unflatten(System.String dim", "named dimensions are not supported"),
    ];

    static readonly HashSet<string> Ours = [.. ApiSignatures.Of(typeof(torch).Assembly)];
    static readonly HashSet<string> Listed = ReadList();

    [Fact]
    public void Every_public_member_exists_in_TorchSharp() => Assert.Empty(Ours.Except(Listed));

    [Fact]
    public void Every_group_of_overloads_is_whole()
    {
        var groups = Ours.Select(Group).ToHashSet();
        var missing = Listed.Except(Ours).Where(line => groups.Contains(Group(line)));
        Assert.DoesNotContain(missing, line => !LeftOut.Any(e => line.Contains(e.Part, StringComparison.Ordinal)));
    }

    [Fact]
    public void What_is_left_out_exists_in_TorchSharp() =>
        Assert.All(LeftOut, e => Assert.Contains(Listed, line => line.Contains(e.Part, StringComparison.Ordinal)));

    /// <summary>Type, kind and member name.</summary>
    static (string Owner, string Kind, string Member) Group(string line)
    {
        var parts = line.Split('\t');
        var (owner, kind, signature) = (parts[0], parts[1], parts[2]);
        if (kind is "type" or "delegate" or "ctor") return (owner, kind, "");
        string end = kind switch
        {
            "indexer" => @"\[",
            "property" => @" \{",
            "field" => "$",
            "enumvalue" => " = ",
            _ => @"(<[^(]*>)?\(",
        };
        return (owner, kind, Regex.Match(signature, $@" {Regex.Escape(owner)}\.(\w+){end}").Groups[1].Value);
    }

    static HashSet<string> ReadList()
    {
        using var list = TorchData.Open("../../api/torchsharp-0.106.0.txt.gz");
        using var reader = new StreamReader(new GZipStream(list, CompressionMode.Decompress));
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }
}
