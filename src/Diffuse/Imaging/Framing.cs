namespace Diffuse.Imaging;

/// <summary>What happens to an image whose sides are not in the target's ratio.</summary>
public enum Fit
{
    /// <summary>It is scaled until it covers the target, and what protrudes is cut off evenly on both sides.</summary>
    Crop,

    /// <summary>It is scaled until it fits into the target, and the rest is filled with the background on both sides.</summary>
    Pad,
}

/// <summary>What every image of a data set is brought to.</summary>
/// <param name="Height">In pixels.</param>
/// <param name="Width">In pixels.</param>
/// <param name="Channels">1: grey (BT.601 luma), 3: RGB.</param>
/// <param name="Background">Shines through transparent pixels and fills the borders of <see cref="Fit.Pad"/>.</param>
public sealed record Framing(
    int Height, int Width, int Channels, Fit Fit = Fit.Crop, Rgb Background = default, Filter Filter = Filter.Lanczos)
{
    public int Bytes => Height * Width * Channels;

    /// <summary>Where an image lands: the centred window of it that is taken, and the size that the window is resampled to.</summary>
    /// <param name="height">Of the upright image, after its orientation is applied.</param>
    /// <param name="width">Likewise.</param>
    public Placement Place(int height, int width)
    {
        var tall = (long)height * Width >= (long)width * Height;
        return (Fit, tall) switch
        {
            (Fit.Crop, true) => new((double)width * Height / Width, width, Height, Width),
            (Fit.Crop, false) => new(height, (double)height * Width / Height, Height, Width),
            (_, true) => new(height, width, Height, Side((double)width * Height / height)),
            (_, false) => new(height, width, Side((double)height * Width / width), Width),
        };

        static int Side(double length) => Math.Max(1, (int)Math.Round(length, MidpointRounding.AwayFromZero));
    }
}

/// <summary>A centred window [WindowHeight, WindowWidth] of the source, in source pixels, becomes [Height, Width] pixels.</summary>
public readonly record struct Placement(double WindowHeight, double WindowWidth, int Height, int Width)
{
    /// <summary>The same for the image as it lies in the file when its orientation exchanges the axes.</summary>
    public Placement Transposed => new(WindowWidth, WindowHeight, Width, Height);

    /// <summary>How many source pixels make one, along the axis where they are fewest.</summary>
    public double Reduction => Math.Min(WindowHeight / Height, WindowWidth / Width);
}
