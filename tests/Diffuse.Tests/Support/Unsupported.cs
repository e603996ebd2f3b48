using System.IO.Enumeration;

namespace Diffuse.Tests.Support;

/// <summary>The closed list of reference cases that are not run, each with its reason. A name may hold * for any text.</summary>
internal static class Unsupported
{
    public static IReadOnlyList<(string File, string Name, string Reason)> Cases { get; } =
    [
        ("resize", "torch_nearest*", "no sampling without a filter: the box repeats pixels when enlarging and takes their mean when shrinking"),
        ("resize", "torch_area*", "adaptive pooling weighs whole pixels; the box here weighs what is covered"),
        ("resize", "*antialiasFalse*", "every resize here is antialiased"),
        ("resize", "center_crop_arr*", "images are cropped and resized in one step, not halved first and cropped last"),
        ("unet_openai", "classifier_*", "the noisy classifier comes with classifier guidance"),
    ];

    /// <summary>Why a case is not run; null where it is.</summary>
    public static string? Reason(string file, string name) =>
        Cases.Where(c => c.File == file && FileSystemName.MatchesSimpleExpression(c.Name, name)).Select(c => c.Reason).FirstOrDefault();
}
