using static TorchSharp.torch;

namespace Diffuse.Processes;

/// <summary>One time per image of a batch, on the process's own clock.</summary>
public readonly record struct Times(double[] Values)
{
    public int Count => Values.Length;

    public static Times All(double t, long count)
    {
        var values = new double[count];
        Array.Fill(values, t);
        return new(values);
    }

    /// <summary>f(t) of each image; called once for each run of equal times (in sampling they are all the same).</summary>
    public TOut[] Map<TOut>(Func<double, TOut> f)
    {
        var results = new TOut[Count];
        for (var i = 0; i < results.Length; i++)
        {
            results[i] = i > 0 && Values[i] == Values[i - 1] ? results[i - 1] : f(Values[i]);
        }

        return results;
    }

    /// <summary>f(t) of each image in double precision, then cast to the type of <paramref name="like"/>; [N, 1, ..., 1] broadcasts over it.</summary>
    public Tensor Coefficients(Func<double, double> f, Tensor like) => Column(Map(f), like);

    /// <summary>f(s, t) of each image, s this time and t another one.</summary>
    public Tensor Coefficients(Times t, Func<double, double, double> f, Tensor like)
    {
        var from = t.Values;
        var results = new double[Count];
        for (var i = 0; i < results.Length; i++)
        {
            results[i] = i > 0 && Values[i] == Values[i - 1] && from[i] == from[i - 1] ? results[i - 1] : f(Values[i], from[i]);
        }

        return Column(results, like);
    }

    private static Tensor Column(double[] values, Tensor like)
    {
        var shape = new long[like.dim()];
        Array.Fill(shape, 1);
        shape[0] = values.Length;
        return tensor(values, shape, like.dtype, like.device);
    }
}
