using static TorchSharp.torch;

namespace Diffuse.Numerics;

/// <summary>Some tensors of a file under other names, cut or reshaped where networks lay them out differently.</summary>
/// <param name="source">Disposed of with this.</param>
internal sealed class RenamedFile(string path, TensorFile source, IReadOnlyDictionary<string, RenamedTensor> tensors) : TensorFile(path)
{
    /// <inheritdoc/>
    public override IEnumerable<string> Names => tensors.Keys;

    /// <inheritdoc/>
    public override bool Contains(string name) => tensors.ContainsKey(name);

    /// <inheritdoc/>
    public override long[] ShapeOf(string name)
    {
        var (theirs, take) = Find(name);
        if (take is null)
        {
            return source.ShapeOf(theirs);
        }

        using var read = Read(name);
        return read.shape;
    }

    /// <inheritdoc/>
    public override Tensor Read(string name)
    {
        var (theirs, take) = Find(name);
        if (take is null)
        {
            return source.Read(theirs);
        }

        using var scope = NewDisposeScope();
        return take(source.Read(theirs)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Dispose() => source.Dispose();

    private RenamedTensor Find(string name) => tensors.GetValueOrDefault(name) ?? throw Missing(name);
}

/// <param name="Theirs">The name in the file.</param>
/// <param name="Take">What is made of its value; null: it is taken as it is.</param>
internal sealed record RenamedTensor(string Theirs, Func<Tensor, Tensor>? Take = null);
