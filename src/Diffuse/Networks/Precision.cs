using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>The arithmetic inside convolutions, linear layers and attention; parameters, norms, loss and optimizer stay float32.</summary>
public enum Precision
{
    Fp32,
    Bf16,
}

internal static class PrecisionOfTensors
{
    public static ScalarType Type(this Precision precision) => precision == Precision.Bf16 ? ScalarType.BFloat16 : ScalarType.Float32;

    /// <summary>
    /// Casts the weights of convolutions and linear layers to the arithmetic of their layer once and for all, for a module that is not trained any more and
    /// not written to a file. What it computes stays what it was, to the bit.
    /// </summary>
    public static void Settle(this nn.Module module)
    {
        foreach (var layer in module.modules())
        {
            (layer as Conv2d)?.Settle();
            (layer as Linear)?.Settle();
        }
    }

    /// <summary>The tensor itself where it has the type already.</summary>
    public static Tensor Cast(this Precision precision, Tensor t) => t.dtype == precision.Type() ? t : t.to(precision.Type());
}
