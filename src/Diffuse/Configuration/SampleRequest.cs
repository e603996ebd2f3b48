namespace Diffuse.Configuration;

/// <summary>What <c>diffuse sample</c> was asked for. Steps, guidance and sampler are overrides of the section <c>sampling</c>.</summary>
internal sealed record SampleRequest
{
    public ModelChoice Model { get; init; } = new();

    public IReadOnlyList<ConfigOverride> Overrides { get; init; } = [];

    /// <summary>One image for each; null: counted from 0.</summary>
    public IReadOnlyList<long>? Seeds { get; init; }

    /// <summary>Null: those of the config; they cycle 0..K-1.</summary>
    public ClassList? Classes { get; init; }

    /// <summary>Texts in turn; null: those of the config. For models of captions.</summary>
    public IReadOnlyList<string>? Prompts { get; init; }

    /// <summary>A class or a text that takes the place of no condition in classifier-free guidance.</summary>
    public string? Negative { get; init; }

    /// <summary>A strip for each of these scales, at the same seeds; null: the one of the config.</summary>
    public IReadOnlyList<double>? Guidances { get; init; }

    /// <summary>An image, or a folder of images, to start from: to enlarge, to fill or to vary.</summary>
    public string? Image { get; init; }

    /// <summary>A picture that is white where <see cref="Image"/> is to be made up.</summary>
    public string? Mask { get; init; }

    /// <summary>How far <see cref="Image"/> is noised before it is drawn again, in (0, 1].</summary>
    public double? Strength { get; init; }

    /// <summary>An image or a folder of images that are to be degraded and restored, instead of drawing from nothing.</summary>
    public string? Restore { get; init; }

    /// <summary>Images at a time.</summary>
    public int Batch { get; init; } = 64;

    /// <summary>An image, or a folder of images, for <see cref="IJobs.Encode"/>.</summary>
    public string? Encode { get; init; }

    /// <summary>Seeds or image files, for <see cref="IJobs.Interpolate"/>.</summary>
    public (string From, string To)? Between { get; init; }

    /// <summary>Images of an interpolation, both ends included.</summary>
    public int Frames { get; init; } = 8;

    /// <summary>Null: see <see cref="Folder"/>.</summary>
    public string? Out { get; init; }

    /// <summary>The images' folder: the one asked for, else a new numbered one in <c>generated</c> of the run, or of here.</summary>
    public string Folder(string? run)
    {
        var parent = Path.Combine(run ?? ".", "generated");
        return Out ?? Path.Combine(parent, Enumerable.Range(0, int.MaxValue)
            .Select(number => number.ToString("D5", System.Globalization.CultureInfo.InvariantCulture))
            .First(name => !Directory.Exists(Path.Combine(parent, name))));
    }
}
