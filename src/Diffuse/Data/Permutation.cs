using System.Numerics;
using Diffuse.Numerics;

namespace Diffuse.Data;

/// <summary>
/// A random order of 0 to Count - 1 that is a function: position to number, without a table. A balanced Feistel network (Luby and Rackoff
/// 1988) permutes the even number of bits that holds Count; results that are too large are put through again (cycle walking, Black and
/// Rogaway 2002).
/// </summary>
internal readonly record struct Permutation(int Count, long Seed, long Epoch)
{
    private const int Rounds = 6;
    private const long Purpose = 0x04DE4;

    public int At(int position)
    {
        var half = Math.Max(1, (BitOperations.Log2((uint)Math.Max(1, Count - 1)) + 2) / 2);
        var number = (uint)position;
        do
        {
            number = Permute(number, half);
        }
        while (number >= Count);
        return (int)number;
    }

    private uint Permute(uint number, int half)
    {
        var mask = (1u << half) - 1;
        var (left, right) = (number >> half, number & mask);
        for (var round = 0; round < Rounds; round++)
        {
            (left, right) = (right, left ^ ((uint)Seeds.Of(Seed, Purpose, Epoch, round, right) & mask));
        }

        return left << half | right;
    }
}
