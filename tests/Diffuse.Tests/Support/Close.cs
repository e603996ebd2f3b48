using Xunit.Sdk;
using static TorchSharp.torch;

namespace Diffuse.Tests.Support;

/// <summary>Comparisons of numbers: |actual - expected| at most the larger of <c>relative</c> x |expected| and <c>floor</c>; infinities must be equal.</summary>
internal static class Close
{
    /// <summary>For float64 results.</summary>
    public const double Double = 1e-9;

    /// <summary>For one step in float32.</summary>
    public const double Float = 1e-5;

    /// <summary>For outputs of a network in float32.</summary>
    public const double NetworkOutput = 1e-4;

    /// <summary>For trajectories in float32.</summary>
    public const double Trajectory = 1e-3;

    public const double Floor = 1e-11;

    public static void Equal(double expected, double actual, double relative = Double, double floor = Floor, string what = "value") =>
        Equal([expected], [actual], relative, floor, what);

    public static void Equal(Tensor expected, Tensor actual, double relative = Double, double floor = Floor, string what = "tensor")
    {
        if (!expected.shape.SequenceEqual(actual.shape))
        {
            throw new XunitException($"{what}: shape [{string.Join(", ", actual.shape)}], expected [{string.Join(", ", expected.shape)}]");
        }

        Equal(Values(expected), Values(actual), relative, floor, what);
    }

    public static void Equal(ReferenceValue expected, Tensor actual, double relative = Double, double floor = Floor, string what = "tensor")
    {
        if (!expected.Shape.SequenceEqual(actual.shape))
        {
            throw new XunitException($"{what}: shape [{string.Join(", ", actual.shape)}], expected [{string.Join(", ", expected.Shape)}]");
        }

        Equal(expected.Numbers, Values(actual), relative, floor, what);
    }

    public static void Equal(double[] expected, Tensor actual, double relative = Double, double floor = Floor, string what = "values") =>
        Equal(expected, Values(actual), relative, floor, what);

    public static void Equal(
        double[] expected, double[] actual, double relative = Double, double floor = Floor, string what = "values")
    {
        if (expected.Length != actual.Length)
        {
            throw new XunitException($"{what}: {actual.Length} values, expected {expected.Length}");
        }

        var wrong = Enumerable.Range(0, expected.Length).Where(i => !Within(expected[i], actual[i], relative, floor)).ToList();
        if (wrong.Count > 0)
        {
            var worst = wrong.MaxBy(i => double.IsFinite(actual[i]) ? Math.Abs(actual[i] - expected[i]) / Math.Max(Math.Abs(expected[i]), floor) : double.MaxValue);
            throw new XunitException(
                $"{what}: {wrong.Count} of {expected.Length} differ, the worst at {worst}: {actual[worst]:r}, expected {expected[worst]:r} " +
                $"(difference {actual[worst] - expected[worst]:g3}, allowed {relative:g2} relative or {floor:g2})");
        }
    }

    public static void Equal(
        double[] expected, IReadOnlyList<double> actual, double relative = Double, double floor = Floor, string what = "values") =>
        Equal(expected, actual.ToArray(), relative, floor, what);

    /// <summary>The elements in row-major order, in double precision.</summary>
    public static double[] Values(Tensor t)
    {
        using var scope = NewDisposeScope();
        return t.detach().cpu().to(ScalarType.Float64).contiguous().data<double>().ToArray();
    }

    /// <summary>||actual - expected|| / ||expected||, over all elements.</summary>
    public static double Distance(Tensor expected, Tensor actual)
    {
        using var scope = NewDisposeScope();
        var truth = expected.to(ScalarType.Float64);
        return ((actual.to(ScalarType.Float64) - truth).norm() / truth.norm()).item<double>();
    }

    private static bool Within(double expected, double actual, double relative, double floor) =>
        expected.Equals(actual) || Math.Abs(actual - expected) <= Math.Max(relative * Math.Abs(expected), floor);
}
