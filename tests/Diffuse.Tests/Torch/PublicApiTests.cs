using System.IO.Compression;
using TorchSharp;

namespace Diffuse.Tests.Torch;

/// <summary>
/// Holds the binding against TorchSharp 0.106.0. torchsharp-api.txt.gz has the lines of the package's public interface whose type and member
/// name occur in the binding, overloads included: made from the full list (one line a member: type, kind, signature) by
/// <c>scripts/torch-api.py LIST</c>.
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

    static readonly Lazy<HashSet<string>> Ours = new(() => [.. ApiSignatures.Of(typeof(torch).Assembly)]);

    static readonly Lazy<HashSet<string>> Listed = new(() =>
    {
        using var reader = new StreamReader(new GZipStream(TorchData.Open("torchsharp-api.txt.gz"), CompressionMode.Decompress));
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    });

    [Fact]
    public void Every_public_member_exists_in_TorchSharp() => Assert.Empty(Ours.Value.Except(Listed.Value));

    [Fact]
    public void Every_group_of_overloads_is_whole() =>
        Assert.DoesNotContain(Listed.Value.Except(Ours.Value), line => !LeftOut.Any(e => line.Contains(e.Part, StringComparison.Ordinal)));

    [Fact]
    public void What_is_left_out_exists_in_TorchSharp() =>
        Assert.All(LeftOut, e => Assert.Contains(Listed.Value, line => line.Contains(e.Part, StringComparison.Ordinal)));
}
