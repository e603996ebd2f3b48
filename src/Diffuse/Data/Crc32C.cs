using System.Numerics;
using System.Runtime.InteropServices;

namespace Diffuse.Data;

/// <summary>The checksum CRC-32C (RFC 3720, appendix B.4), by the processor's own instruction where it has one.</summary>
internal static class Crc32C
{
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var sum = ~0u;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
        {
            sum = BitOperations.Crc32C(sum, word);
        }

        foreach (var last in bytes[(8 * words.Length)..])
        {
            sum = BitOperations.Crc32C(sum, last);
        }

        return ~sum;
    }
}
