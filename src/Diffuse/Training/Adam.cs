using static TorchSharp.torch;

namespace Diffuse.Training;

/// <summary>
/// Adam (Kingma and Ba 2015, algorithm 1) with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2), or with the decay added to the gradient:
/// m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2, w -= rate (m / (1 - b1^k)) / (sqrt(v / (1 - b2^k)) + eps) in step k = 1, 2, ...
/// </summary>
internal sealed partial class Adam : IDisposable
{
    private const double Eps = 1e-8;

    private readonly FlatParameters parameters;
    private readonly double beta1;
    private readonly double beta2;
    private readonly double decay;
    private readonly bool decoupled;

    /// <param name="decay">Weight decay; 0: none.</param>
    /// <param name="decoupled">Decay the weights themselves (AdamW) rather than their gradient.</param>
    public Adam(FlatParameters parameters, double beta1, double beta2, double decay, bool decoupled)
    {
        this.parameters = parameters;
        (this.beta1, this.beta2, this.decay, this.decoupled) = (beta1, beta2, decay, decoupled);
        Mean = zeros_like(parameters.Values).DetachFromDisposeScope();
        MeanSquare = zeros_like(parameters.Values).DetachFromDisposeScope();
    }

    /// <summary>m, the running mean of the gradient.</summary>
    public Tensor Mean { get; }

    /// <summary>v, the running mean of its square.</summary>
    public Tensor MeanSquare { get; }

    /// <summary>Takes a step with the gradient, then clears it.</summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="k">The number of this step, counted from 1.</param>
    /// <param name="scale">[] what the gradient is multiplied by; null: 1.</param>
    /// <param name="averages">Averages of the weights that follow the step, with the share of them that it keeps.</param>
    public void Step(double rate, long k, Tensor? scale = null, params IReadOnlyList<(Ema Average, double Keep)> averages)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var done = false;
        Fused(rate, k, scale, averages, ref done);
        if (!done)
        {
            Composed(rate, k, scale, averages);
        }
    }

    /// <summary>All of it in one operation, where there is one for this type and device.</summary>
    partial void Fused(double rate, long k, Tensor? scale, IReadOnlyList<(Ema Average, double Keep)> averages, ref bool done);

    private void Composed(double rate, long k, Tensor? scale, IReadOnlyList<(Ema Average, double Keep)> averages)
    {
        var (w, g) = (parameters.Values, parameters.Gradients);
        if (scale is not null)
        {
            g.mul_(scale);
        }

        if (decay > 0 && decoupled)
        {
            w.mul_(1 - rate * decay);
        }
        else if (decay > 0)
        {
            g.add_(w, alpha: decay);
        }

        Mean.mul_(beta1).add_(g, alpha: 1 - beta1);
        MeanSquare.mul_(beta2).addcmul_(g, g, 1 - beta2);
        var root = MeanSquare.sqrt().div_(Math.Sqrt(1 - Math.Pow(beta2, k))).add_(Eps);
        w.addcdiv_(Mean, root, -rate / (1 - Math.Pow(beta1, k)));
        foreach (var (average, keep) in averages)
        {
            average.Update(keep);
        }

        g.zero_();
    }

    public void Dispose()
    {
        Mean.Dispose();
        MeanSquare.Dispose();
    }
}
