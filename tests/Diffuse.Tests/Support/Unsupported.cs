using System.IO.Enumeration;

namespace Diffuse.Tests.Support;

/// <summary>The closed list of reference cases that are not run, each with its reason. A name may hold * for any text.</summary>
internal static class Unsupported
{
    public static IReadOnlyList<(string File, string Name, string Reason)> Cases { get; } =
    [
        ("adamw", "polynomial", "the rate falls by a cosine, a line or not at all"),
        ("adamw", "cosine_restarts", "the rate falls by a cosine, a line or not at all"),
        ("adamw", "ldm_*", "the rate starts and ends at 0"),
        ("ema", "ema_score_sde_*_use_num_updatesTrue_*", "the average warms up by a share of the images seen, not by (1 + n) / (10 + n)"),
        ("ema", "ema_diffusers_*", "the average warms up by a share of the images seen, not by (1 + n) / (10 + n) or powers of it"),
        ("ema", "ema_ldm_*", "the average warms up by a share of the images seen, not by (1 + n) / (10 + n)"),
        ("resize", "torch_nearest*", "no sampling without a filter: the box repeats pixels when enlarging and takes their mean when shrinking"),
        ("resize", "torch_area*", "adaptive pooling weighs whole pixels; the box here weighs what is covered"),
        ("resize", "*antialiasFalse*", "every resize here is antialiased"),
        ("resize", "center_crop_arr*", "images are cropped and resized in one step, not halved first and cropped last"),
    ];

    /// <summary>OpenAI's merges, which are not part of this repository: the file that DIFFUSE_CLIP names, or in ../clip of the cases; null without.</summary>
    public static string? Merges { get; } = new[]
    {
        Environment.GetEnvironmentVariable("DIFFUSE_CLIP"),
        Path.Combine(Reference.Folder, "..", "clip", "bpe_simple_vocab_16e6.txt.gz"),
    }.FirstOrDefault(File.Exists);

    /// <summary>Why a case is not run; null where it is.</summary>
    public static string? Reason(string file, string name) => (file, name, Merges) is ("clip", "tokenizer", null)
        ? "OpenAI's merges are not there: DIFFUSE_CLIP names bpe_simple_vocab_16e6.txt.gz"
        : Cases.Where(c => c.File == file && FileSystemName.MatchesSimpleExpression(c.Name, name)).Select(c => c.Reason).FirstOrDefault();
}
