using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Diffuse.Training;

/// <summary>
/// The trained parameters of a module as one vector, and their gradients as another: each parameter and its gradient become views, so that
/// clipping, the optimizer and the average are a handful of large operations whatever the number of layers. The module works as before.
/// </summary>
/// <remarks>
/// Build, load and move the module first: <c>Module.to</c> and <c>Module.load</c> replace parameters. Afterwards nothing may set a gradient
/// to null; <see cref="ZeroGradients"/> clears them in place. The parameters stay valid after <see cref="Dispose"/>.
/// </remarks>
internal sealed class FlatParameters : IDisposable
{
    /// <summary>Elements: every view starts on a cache line and on what vector instructions like best, as if allocated alone.</summary>
    private const int Alignment = 16;

    private readonly List<Slot> slots = [];

    /// <exception cref="InvalidOperationException">The module has nothing to train, or mixes types or devices.</exception>
    public FlatParameters(nn.Module module)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var length = 0L;
        foreach (var (name, parameter) in module.named_parameters().Where(named => named.parameter.requires_grad))
        {
            slots.Add(new Slot(name, parameter, parameter.shape, length));
            length += (parameter.NumberOfElements + Alignment - 1) / Alignment * Alignment;
        }

        var kinds = slots.Select(slot => (slot.Parameter.dtype, slot.Parameter.device.ToString())).Distinct().ToList();
        if (kinds.Count != 1)
        {
            throw new InvalidOperationException(
                kinds.Count == 0 ? "the module has no parameter to train" : $"parameters of several kinds: {string.Join(", ", kinds)}");
        }

        var like = slots[0].Parameter;
        Values = zeros(length, dtype: like.dtype, device: like.device);
        Gradients = zeros_like(Values);
        foreach (var slot in slots)
        {
            var view = View(Values, slot);
            view.copy_(slot.Parameter);
            slot.Parameter.set_(view);
            slot.Parameter.grad = View(Gradients, slot);
        }

        Values.DetachFromDisposeScope();
        Gradients.DetachFromDisposeScope();
    }

    /// <summary>[n] all parameters, with zeros in the gaps between them.</summary>
    public Tensor Values { get; }

    /// <summary>[n] their gradients; backward adds to it.</summary>
    public Tensor Gradients { get; }

    /// <summary>Numbers that are trained.</summary>
    public long Count => slots.Sum(slot => slot.Parameter.NumberOfElements);

    /// <summary>The part of a vector like <see cref="Values"/> that belongs to each parameter, in the parameter's shape, by its name.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Named(Tensor flat) => slots.Select(slot => KeyValuePair.Create(slot.Name, View(flat, slot)));

    /// <summary>[] the norm of all gradients; owned by the caller.</summary>
    public Tensor Norm()
    {
        using var _ = no_grad();
        return Gradients.norm();
    }

    /// <summary>[] what brings gradients of a norm down to a norm of at most <paramref name="most"/>, found without a look at it; null where that is 0, no limit.</summary>
    public static Tensor? Clipping(Tensor norm, double most)
    {
        using var _ = no_grad();
        return most > 0 ? (most / (norm + 1e-6)).clamp(max: 1) : null;
    }

    public void ZeroGradients() => Gradients.zero_();

    public void Dispose()
    {
        Values.Dispose();
        Gradients.Dispose();
    }

    private static Tensor View(Tensor flat, Slot slot) => flat.narrow(0, slot.Offset, slot.Parameter.NumberOfElements).view(slot.Shape);

    private sealed record Slot(string Name, Parameter Parameter, long[] Shape, long Offset);
}
