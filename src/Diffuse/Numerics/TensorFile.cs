using static TorchSharp.torch;

namespace Diffuse.Numerics;

/// <summary>A file of named tensors, opened for reading. Names, types and shapes are known at once; values are read when they are asked for, one by one.</summary>
public abstract class TensorFile : IDisposable
{
    private protected TensorFile(string path) => Path = path;

    /// <summary>What the weights in a folder of diffusers or transformers are called, what is read first in front.</summary>
    private static readonly string[] names =
    [
        "diffusion_pytorch_model.safetensors", "model.safetensors", "diffusion_pytorch_model.safetensors.index.json", "model.safetensors.index.json",
        "diffusion_pytorch_model.fp16.safetensors", "model.fp16.safetensors", "diffusion_pytorch_model.bin", "pytorch_model.bin",
        "diffusion_pytorch_model.fp16.bin", "pytorch_model.fp16.bin",
    ];

    /// <summary>The names of the tensors, in the order of the file.</summary>
    public abstract IEnumerable<string> Names { get; }

    public string Path { get; }

    /// <summary>Opens a file by what it holds: safetensors, or what <c>torch.save</c> wrote.</summary>
    /// <exception cref="InvalidDataException">It is neither, or damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static TensorFile Open(string path) => path.EndsWith(ShardedFile.Suffix, StringComparison.Ordinal) ? ShardedFile.Open(path)
        : PyTorchFile.Is(path) ? PyTorchFile.Open(path)
        : SafetensorsFile.Open(path);

    /// <summary>The weights in a folder of diffusers or transformers, in one file or the index of several; null where there are none.</summary>
    public static string? In(string folder) => names.Select(name => System.IO.Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    public abstract bool Contains(string name);

    /// <exception cref="InvalidDataException">There is no such tensor.</exception>
    public abstract long[] ShapeOf(string name);

    /// <summary>A new tensor on the CPU, of the type that the file holds.</summary>
    /// <exception cref="InvalidDataException">No such tensor, or the file ends early.</exception>
    public abstract Tensor Read(string name);

    /// <exception cref="InvalidDataException">No such tensor, or another shape.</exception>
    public void CheckShape(string name, long[] expected)
    {
        var shape = ShapeOf(name);
        if (!shape.SequenceEqual(expected))
        {
            throw new InvalidDataException($"{Path}: tensor '{name}' has shape [{string.Join(", ", shape)}], expected [{string.Join(", ", expected)}]");
        }
    }

    /// <summary>Reads into a tensor of the same shape in place, converting to its type and moving to its device.</summary>
    /// <exception cref="InvalidDataException">No such tensor, another shape, or the file ends early.</exception>
    public void ReadInto(string name, Tensor destination)
    {
        CheckShape(name, destination.shape);
        using var _ = no_grad();
        Copy(name, destination);
    }

    public abstract void Dispose();

    /// <param name="destination">Of the tensor's shape.</param>
    private protected virtual void Copy(string name, Tensor destination)
    {
        using var read = Read(name);
        destination.copy_(read);
    }

    private protected InvalidDataException Missing(string name) => new($"{Path}: there is no tensor '{name}'");
}
