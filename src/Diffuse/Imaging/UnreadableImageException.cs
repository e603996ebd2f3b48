namespace Diffuse.Imaging;

/// <summary>A file that is no image, is damaged, or is of a kind that is not read.</summary>
/// <param name="name">The file's name as the user knows it.</param>
/// <param name="reason">What is wrong with it.</param>
public sealed class UnreadableImageException(string name, string reason, Exception? inner = null) : IOException($"{name}: {reason}", inner)
{
    public string Name { get; } = name;

    public string Reason { get; } = reason;
}
