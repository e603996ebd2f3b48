using static TorchSharp.torch;

namespace Diffuse.Networks;

/// <summary>Images [N, 3, R, R] to features [N, E], float32.</summary>
internal abstract class ImageTower(string name) : nn.Module<Tensor, Tensor>(name);
