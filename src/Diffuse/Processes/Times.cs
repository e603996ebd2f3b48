using static TorchSharp.torch;

namespace Diffuse.Processes;

/// <summary>One time per image of a batch, on the process's own clock.</summary>
public readonly record struct Times(double[] Values)
{
    public int Count => Values.Length;

    public static Times All(double t, long count) => new(Enumerable.Repeat(t, checked((int)count)).ToArray());

    /// <summary>f(t) of each image in double precision, then cast to the type of <paramref name="like"/>; [N, 1, ..., 1] broadcasts over it.</summary>
    public Tensor Coefficients(Func<double, double> f, Tensor like)
    {
        var shape = new long[like.dim()];
        Array.Fill(shape, 1);
        shape[0] = Count;
        return tensor(Values.Select(f).ToArray(), shape, like.dtype, like.device);
    }
}
