namespace Diffuse.Numerics;

/// <summary>
/// Seeds by counting: every draw of a job derives from its seed and from what the draw is for (a step, an image), never from draws before it,
/// so that no generator has a state to store. SplitMix64's finalizer (Steele et al. 2014), once for each counter; what came before is multiplied
/// first, so that seed and counter do not change places.
/// </summary>
public static class Seeds
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>A 64-bit seed for the given counters; their order matters and so does their number.</summary>
    public static ulong Of(long seed, params ReadOnlySpan<long> counters)
    {
        var hash = Mix((ulong)seed + Golden);
        foreach (var counter in counters)
        {
            hash = Mix((hash * Golden) ^ Mix((ulong)counter + Golden));
        }

        return hash;
    }

    /// <summary>A generator for the draws that are not noise: times, dropped conditions, orders.</summary>
    public static Random Random(long seed, params ReadOnlySpan<long> counters) => new(unchecked((int)Of(seed, counters)));

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
