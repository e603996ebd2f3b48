using System.ComponentModel.DataAnnotations;
using Diffuse.Configuration;
using Diffuse.Imaging;

namespace Diffuse.Data;

/// <summary>What becomes of an image that cannot be decoded.</summary>
public enum OnCorrupt
{
    /// <summary>It is named and counted, and the next one in the order takes its place.</summary>
    Skip,

    /// <summary>Training stops with its name.</summary>
    Fail,
}

/// <summary>The <c>data</c> section of a config.</summary>
public sealed record DataOptions
{
    /// <summary>A folder of images, a .zip, IDX files or CIFAR's binary files. Relative to the folder of the config file.</summary>
    [ConfigPath]
    public string Path { get; init; } = "";

    /// <summary>How the path is read; <c>auto</c> finds out.</summary>
    public SourceName Kind { get; init; } = SourceName.Auto;

    public Resolution Resolution { get; init; } = new(32, 32);

    /// <summary>1: grey, 3: RGB.</summary>
    [AllowedValues(1, 3)]
    public int Channels { get; init; } = 3;

    public Fit Fit { get; init; } = Fit.Crop;

    public Filter Filter { get; init; } = Filter.Lanczos;

    /// <summary>Shines through transparent images, and borders those that are padded.</summary>
    public Rgb Background { get; init; }

    /// <summary>Mirror half of the training images left to right.</summary>
    public bool Flip { get; init; }

    /// <summary>False: train without labels even where there are some.</summary>
    public bool Labels { get; init; } = true;

    /// <summary>Images whose caption or file name holds one of these words are left out: <c>[skin tone, flag]</c>.</summary>
    public IReadOnlyList<string> Without { get; init; } = [];

    /// <summary>What is kept out of training to measure on: a share below 1, or a number of images.</summary>
    [Range(0, int.MaxValue)]
    public double HeldOut { get; init; } = 0.02;

    public OnCorrupt OnCorrupt { get; init; } = OnCorrupt.Skip;

    /// <summary>
    /// Up to this many megabytes, decoded images are kept in memory; data sets that take more go to a file in the user's cache folder.
    /// </summary>
    [Range(0, int.MaxValue)]
    public int CacheMb { get; init; } = 1024;

    /// <summary>Threads that decode ahead of training; 0: as many as cores.</summary>
    [Range(0, 1024)]
    public int Workers { get; init; }

    internal Framing Framing => new(Resolution.Height, Resolution.Width, Channels, Fit, Background, Filter);
}
