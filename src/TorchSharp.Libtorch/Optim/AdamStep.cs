using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// One step of Adam on tensors that have seen the same number of steps, each line one operator over all of them:
/// m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2,  p -= rate / (1 - b1^n) m / (sqrt(v) / sqrt(1 - b2^n) + eps).
/// </summary>
internal sealed class AdamStep
{
    public required Tensor[] Parameters, Gradients, Mean, Square;
    public required Tensor[]? Largest;
    public required long Number;
    public required double Rate, Beta1, Beta2, Eps, Decay;
    public required bool Decoupled, Maximize;

    public static void Check(double lr, double beta1, double beta2, double eps, double decay)
    {
        if (lr < 0) throw new ArgumentException($"a learning rate of {lr} is negative");
        if (beta1 is < 0 or >= 1) throw new ArgumentException($"beta1 = {beta1} is not in [0, 1)");
        if (beta2 is < 0 or >= 1) throw new ArgumentException($"beta2 = {beta2} is not in [0, 1)");
        if (eps < 0) throw new ArgumentException($"an epsilon of {eps} is negative");
        if (decay < 0) throw new ArgumentException($"a weight decay of {decay} is negative");
    }

    public void Run()
    {
        var g = Maximize ? Op._foreach_neg.Many((Arg)Gradients) : Gradients;
        if (Decay != 0 && Decoupled) Op._foreach_mul__Scalar.Do(Parameters, 1 - Rate * Decay);
        else if (Decay != 0) g = Op._foreach_add_List.Many(g, Parameters, Decay);

        Op._foreach_mul__Scalar.Do(Mean, Beta1);
        Op._foreach_add__List.Do(Mean, g, 1 - Beta1);
        Op._foreach_mul__Scalar.Do(Square, Beta2);
        Op._foreach_addcmul__Scalar.Do(Square, g, g, 1 - Beta2);
        if (Largest is not null) Op._foreach_maximum__List.Do(Largest, Square);

        var scale = Op._foreach_sqrt.Many((Arg)(Largest ?? Square));
        Op._foreach_div__Scalar.Do(scale, Math.Sqrt(1 - Math.Pow(Beta2, Number)));
        Op._foreach_add__Scalar.Do(scale, Eps);
        Op._foreach_addcdiv__Scalar.Do(Parameters, Mean, scale, -Rate / (1 - Math.Pow(Beta1, Number)));
    }
}
