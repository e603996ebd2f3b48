using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Diffuse.Imaging;

namespace Diffuse.Data;

/// <summary>
/// SHA-256, in hexadecimal, over what decides the training images: every name, stamp, label and caption in order, the class names, and how images
/// are brought to their size. Not over pixels, which would mean decoding everything.
/// </summary>
internal static class Fingerprint
{
    public static string Of(IImageSource source, Framing framing, bool labels)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(string.Create(CultureInfo.InvariantCulture, $"diffuse data 1\n{framing}\n{source.Count}\n"));
        for (var i = 0; i < source.Count; i++)
        {
            var caption = source.Text(i) is { } text ? "\0" + text : "";
            Add(string.Create(CultureInfo.InvariantCulture, $"{source.Name(i)}\0{source.Stamp(i)}\0{(labels ? source.Label(i) : null)}{caption}\n"));
        }

        if (labels)
        {
            Add(string.Join('\0', source.Classes));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text));
    }
}
