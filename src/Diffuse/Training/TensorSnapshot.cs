using static TorchSharp.torch;

namespace Diffuse.Training;

/// <summary>Copies of tensors that are about to change, to put them back bit for bit.</summary>
internal sealed class TensorSnapshot : IDisposable
{
    private readonly List<(Tensor Original, Tensor Copy)> copies;

    public TensorSnapshot(IEnumerable<Tensor> tensors)
    {
        using var _ = no_grad();
        copies = [.. tensors.Select(tensor => (tensor, tensor.clone().DetachFromDisposeScope()))];
    }

    public void Restore()
    {
        using var _ = no_grad();
        copies.ForEach(pair => pair.Original.copy_(pair.Copy));
    }

    public void Dispose() => copies.ForEach(pair => pair.Copy.Dispose());
}
