using System.Runtime.CompilerServices;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>One item between the brackets of an index: a number, a slice, a tensor of indices or a mask, None, an ellipsis.</summary>
    public struct TensorIndex
    {
        public static TensorIndex Ellipsis = new() { kind = Kind.Ellipsis };
        public static TensorIndex None = new() { kind = Kind.None };
        public static TensorIndex Null = None;
        public static TensorIndex Colon = Slice();

        internal Kind kind;
        internal long? start, stop, step;
        internal Tensor? tensor;

        internal enum Kind { None, Single, Slice, Tensor, Bool, Ellipsis }

        /// <summary>From start to stop, exclusive; a bound left out is the end of that side.</summary>
        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new() { kind = Kind.Slice, start = start, stop = stop, step = step };

        public static TensorIndex Slice((int? start, int? end) range) => Slice(range.start, range.end);

        public static TensorIndex Slice(Range range) => Slice(
            range.Start.IsFromEnd ? -range.Start.Value : range.Start.Value,
            !range.End.IsFromEnd ? range.End.Value : range.End.Value == 0 ? null : -range.End.Value);

        public static TensorIndex Bool(bool value) => new() { kind = Kind.Bool, start = value ? 1 : 0 };

        public static TensorIndex Single(long? index) => index is { } i ? new() { kind = Kind.Single, start = i } : None;

        public static TensorIndex Tensor(Tensor tensor) => new() { kind = Kind.Tensor, tensor = tensor };

        public static implicit operator TensorIndex(long value) => Single(value);
        public static implicit operator TensorIndex((int? start, int? end) range) => Slice(range);
        public static implicit operator TensorIndex(Range range) => Slice(range);
        public static implicit operator TensorIndex(Index index) => Single(index.IsFromEnd ? -index.Value : index.Value);
        public static implicit operator Tensor(TensorIndex value) => value.tensor!;
    }

    public partial class Tensor
    {
        [IndexerName("TensorItems")]
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params long[] indices]
        {
            get => At(indices);
            set => Put(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1]
        {
            get => select(0, i1);
            set => Put(value, i1);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2]
        {
            get => At(i1, i2);
            set => Put(value, i1, i2);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3]
        {
            get => At(i1, i2, i3);
            set => Put(value, i1, i2, i3);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => At(i1, i2, i3, i4);
            set => Put(value, i1, i2, i3, i4);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4, long i5]
        {
            get => At(i1, i2, i3, i4, i5);
            set => Put(value, i1, i2, i3, i4, i5);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4, long i5, long i6]
        {
            get => At(i1, i2, i3, i4, i5, i6);
            set => Put(value, i1, i2, i3, i4, i5, i6);
        }

        public Tensor index(params Tensor[] indices) => Op.index_Tensor.One(this, Arg.OptionalTensors(indices));

        /// <summary>As Python indexes: views for numbers and slices, a gather for tensors and masks.</summary>
        public Tensor index(params TensorIndex[] indices)
        {
            using var scope = NewDisposeScope();
            var view = View(indices, out var tensors);
            var result = tensors is null ? view : Op.index_Tensor.One(view, Arg.OptionalTensors(tensors));
            return (ReferenceEquals(result, this) ? alias() : result).MoveToOuterDisposeScope();
        }

        public Tensor index_put_(Tensor value, params Tensor[] indices) =>
            Op.index_put_.Same(this, Arg.OptionalTensors(indices), value, false);

        public Tensor index_put_(Tensor value, Tensor[] indices, bool accumulate = false) =>
            Op.index_put_.Same(this, Arg.OptionalTensors(indices), value, accumulate);

        public Tensor index_put_(Tensor value, params TensorIndex[] indices) => index_put_(value, indices, false);

        public Tensor index_put_(Tensor value, TensorIndex[] indices, bool accumulate = false)
        {
            using var scope = NewDisposeScope();
            var view = View(indices, out var tensors);
            if (tensors is not null) Op.index_put_.Do(view, Arg.OptionalTensors(tensors), value, accumulate);
            else if (accumulate) view.add_(value);
            else view.copy_(value);
            return this;
        }

        public Tensor index_put_(Scalar value, params Tensor[] indices) => index_put_(Like(value), indices, false);

        public Tensor index_put_(Scalar value, params TensorIndex[] indices) => index_put_(Like(value), indices, false);

        Tensor Like(Scalar value) => Op.scalar_tensor.One(value, dtype, Arg.None, device);

        Tensor At(params ReadOnlySpan<long> indices)
        {
            var result = select(0, indices[0]);
            foreach (long i in indices[1..])
            {
                var outer = result;
                result = outer.select(0, i);
                outer.Dispose();
            }
            return result;
        }

        void Put(Tensor value, params ReadOnlySpan<long> indices)
        {
            using var view = At(indices);
            view.copy_(value);
        }

        // Applies numbers, slices, None and ellipsis as views; what tensors remain index the dimensions of the view.
        Tensor View(TensorIndex[] indices, out Tensor?[]? tensors)
        {
            long used = indices.Sum(i => i.kind switch
            {
                TensorIndex.Kind.None or TensorIndex.Kind.Ellipsis or TensorIndex.Kind.Bool => 0,
                TensorIndex.Kind.Tensor when i.tensor!.dtype is ScalarType.Bool => i.tensor.ndim,
                _ => 1,
            });
            var view = this;
            var gathered = new List<Tensor?>();
            int dim = 0;
            foreach (var item in indices)
            {
                switch (item.kind)
                {
                    case TensorIndex.Kind.Single:
                        view = view.select(dim, item.start!.Value);
                        break;
                    case TensorIndex.Kind.Slice:
                        if (item.step < 0) throw new ArgumentException("a step must be positive");
                        view = Op.slice_Tensor.One(view, dim++, item.start, item.stop, item.step ?? 1);
                        break;
                    case TensorIndex.Kind.None:
                        view = view.unsqueeze(dim++);
                        break;
                    case TensorIndex.Kind.Ellipsis:
                        dim += (int)(ndim - used);
                        break;
                    case TensorIndex.Kind.Bool:
                        view = view.unsqueeze(dim);
                        Gather(torch.tensor(item.start == 1 ? [0L] : Array.Empty<long>(), device: device), 1);
                        break;
                    default:
                        Gather(item.tensor!, item.tensor!.dtype is ScalarType.Bool ? (int)item.tensor.ndim : 1);
                        break;
                }
            }
            tensors = gathered.Count == 0 ? null : [.. gathered];
            return view;

            void Gather(Tensor index, int dims)
            {
                while (gathered.Count < dim) gathered.Add(null);
                gathered.Add(index);
                dim += dims;
            }
        }
    }
}
