using static TorchSharp.torch;

namespace Diffuse.Processes;

/// <summary>One time per image of a batch, on the process's own clock.</summary>
public readonly record struct Times(double[] Values)
{
    public int Count => Values.Length;

    public static Times All(double t, long count) => new(Enumerable.Repeat(t, checked((int)count)).ToArray());

    /// <summary>f(t) of each image in double precision, then cast to the type of <paramref name="like"/>; [N, 1, ..., 1] broadcasts over it.</summary>
    public Tensor Coefficients(Func<double, double> f, Tensor like) => Column(Array.ConvertAll(Values, t => f(t)), like);

    /// <summary>f(s, t) of each image, s this time and t another.</summary>
    public Tensor Coefficients(Times t, Func<double, double, double> f, Tensor like) => Column(Values.Zip(t.Values, f).ToArray(), like);

    private static Tensor Column(double[] values, Tensor like)
    {
        var shape = new long[like.dim()];
        Array.Fill(shape, 1);
        shape[0] = values.Length;
        return tensor(values, shape, like.dtype, like.device);
    }
}
