using Diffuse.Configuration;
using Diffuse.Numerics;

namespace Diffuse.Data;

/// <summary>
/// Which images are trained on and which are held out: those with the smallest hash of (seed, index). It depends on nothing else, so every
/// start of a run holds out the same ones.
/// </summary>
internal sealed record Split(IReadOnlyList<int> Training, IReadOnlyList<int> HeldOut)
{
    private const long Purpose = 0x5B117;

    /// <param name="heldOut">A share below 1 (rounded up to whole images, as long as one is left), or a number of images.</param>
    public static Split Of(int count, double heldOut, long seed)
    {
        var number = heldOut < 1 ? Math.Min((int)Math.Ceiling(heldOut * count), count - 1) : (int)Math.Round(heldOut);
        if (number >= count)
        {
            throw new ConfigException($"data.held_out: {number} of {count} images leave none to train on");
        }

        var rank = Enumerable.Range(0, count).OrderBy(index => Seeds.Of(seed, Purpose, index)).ToList();
        return new([.. rank.Skip(number).Order()], [.. rank.Take(number).Order()]);
    }
}
