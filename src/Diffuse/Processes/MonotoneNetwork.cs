using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Processes;

/// <summary>
/// gamma(t) = -logSNR(t) as a monotone network (Kingma et al. 2021, appendix H): with g(t) = |w1| t + mean_k |w3_k| sigmoid(|w2_k| t + b2_k),
/// rising because its weights are positive, gamma = gamma0 + (gamma1 - gamma0) u and u = (g(t) - g(0)) / (g(1) - g(0)). It starts near a line.
/// </summary>
internal sealed class MonotoneNetwork : nn.Module
{
    /// <summary>The sigmoids' first steepness: each spans a sixteenth of the clock.</summary>
    private const double Steepness = 16;

    private readonly Parameter w1;
    private readonly Parameter w2;
    private readonly Parameter b2;
    private readonly Parameter w3;
    private readonly Parameter ends; // gamma0, gamma1

    public MonotoneNetwork(int hidden, double gamma0, double gamma1, bool learnEnds)
        : base(nameof(MonotoneNetwork))
    {
        var centres = Enumerable.Range(0, hidden).Select(k => (float)(-Steepness * (k + 0.5) / hidden)).ToArray();
        w1 = new Parameter(ones(1));
        w2 = new Parameter(full(hidden, Steepness, dtype: ScalarType.Float32));
        b2 = new Parameter(tensor(centres));
        w3 = new Parameter(full(hidden, 0.1, dtype: ScalarType.Float32));
        ends = new Parameter(tensor(new[] { (float)gamma0, (float)gamma1 }), requires_grad: learnEnds);
        register_parameter("w1", w1);
        register_parameter("w2", w2);
        register_parameter("b2", b2);
        register_parameter("w3", w3);
        register_parameter("ends", ends);
    }

    /// <summary>u(t) and du/dt for t [N] in float64.</summary>
    public (Tensor U, Tensor Rate) Shape(Tensor t)
    {
        var (slope, steep, offset, height) = (Weight(w1).abs(), Weight(w2).abs(), Weight(b2), Weight(w3).abs() / w3.numel());
        var step = (t.unsqueeze(1) * steep + offset).sigmoid();                                    // [N, K]
        var low = (height * offset.sigmoid()).sum();
        var range = slope + (height * (steep + offset).sigmoid()).sum() - low;
        var u = (slope * t + (height * step).sum([1]) - low) / range;
        return (u, (slope + (height * steep * step * (1 - step)).sum([1])) / range);
    }

    /// <summary>gamma0 and gamma1, [1] each, in float64.</summary>
    public (Tensor First, Tensor Last) Ends() => (Weight(ends).narrow(0, 0, 1), Weight(ends).narrow(0, 1, 1));

    /// <summary>The same function in doubles, with the weights as they are now: u(t), du/dt and the ends.</summary>
    public (double U, double Rate, double First, double Last) At(double t)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var all = cat([w1, w2, b2, w3, ends], 0).cpu().data<float>().ToArray();
        var (slope, n) = (Math.Abs((double)all[0]), (all.Length - 3) / 3);
        var (rise, rate, total) = (slope * t, slope, slope);
        for (var k = 1; k <= n; k++)
        {
            var (steep, offset, height) = (Math.Abs((double)all[k]), (double)all[n + k], Math.Abs((double)all[2 * n + k]) / n);
            var (low, step) = (Sigmoid(offset), Sigmoid(steep * t + offset));
            rise += height * (step - low);
            rate += height * steep * step * (1 - step);
            total += height * (Sigmoid(steep + offset) - low);
        }

        return (rise / total, rate / total, all[^2], all[^1]);
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static Tensor Weight(Parameter parameter) => parameter.to(ScalarType.Float64);
}
