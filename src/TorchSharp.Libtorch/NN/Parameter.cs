namespace TorchSharp.Modules;

/// <summary>A tensor that a module registers as its own and an optimizer changes.</summary>
public class Parameter : torch.Tensor
{
    /// <param name="data">Taken over, with its place in its scope; afterwards it is as if disposed.</param>
    public Parameter(torch.Tensor data, bool requires_grad = true)
        : base(data.requires_grad_(requires_grad))
    {
    }
}
