namespace TorchSharp;

// Views, rearrangements, splitting. Each call is one of libtorch's operators; torch.f(x, ...) is x.f(...).
public static partial class torch
{
    public partial class Tensor
    {
        public Tensor view(params long[] shape) => Op.view.One(this, shape);
        public Tensor view_as(Tensor other) => Op.view_as.One(this, other);
        public Tensor reshape(params long[] shape) => Op.reshape.One(this, shape);
        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Op.flatten_using_ints.One(this, start_dim, end_dim);
        public Tensor unflatten(long dim, Size sizes) => Op.unflatten_int.One(this, dim, sizes);
        public Tensor unflatten(long dim, params long[] sizes) => Op.unflatten_int.One(this, dim, sizes);
        public Tensor ravel() => Op.ravel.One(this);
        public Tensor squeeze(long? dim = null) => dim is { } d ? Op.squeeze_dim.One(this, d) : Op.squeeze.One(this);
        public Tensor squeeze_(long? dim = null) => dim is { } d ? Op.squeeze__dim.Same(this, d) : Op.squeeze_.Same(this);
        public Tensor unsqueeze(long dim) => Op.unsqueeze.One(this, dim);
        public Tensor unsqueeze_(long dim) => Op.unsqueeze_.Same(this, dim);
        public Tensor transpose(long dim0, long dim1) => Op.transpose_int.One(this, dim0, dim1);
        public Tensor transpose_(long dim0, long dim1) => Op.transpose_.Same(this, dim0, dim1);
        public Tensor t() => Op.t.One(this);
        public Tensor permute(IEnumerable<long> permutation) => Op.permute.One(this, permutation.ToArray());
        public Tensor permute(params long[] permutation) => Op.permute.One(this, permutation);
        public Tensor movedim(long[] source, long[] destination) => Op.movedim_intlist.One(this, source, destination);
        public Tensor moveaxis(long[] source, long[] destination) => Op.moveaxis_intlist.One(this, source, destination);
        public Tensor swapaxes(long dim0, long dim1) => Op.swapaxes.One(this, dim0, dim1);
        public Tensor swapdims(long dim0, long dim1) => Op.swapdims.One(this, dim0, dim1);
        public Tensor expand(long[] sizes, bool isImplicit = false) => Op.expand.One(this, sizes, isImplicit);
        public Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false) => Op.expand.One(this, sizes, isImplicit);
        public Tensor expand(Size sizes, bool isImplicit = false) => Op.expand.One(this, sizes, isImplicit);
        public Tensor expand(params long[] sizes) => Op.expand.One(this, sizes);
        public Tensor expand_as(Tensor other) => Op.expand_as.One(this, other);
        public Tensor broadcast_to(params long[] shape) => Op.broadcast_to.One(this, shape);
        public Tensor repeat(params long[] sizes) => Op.repeat.One(this, sizes);
        public Tensor tile(long[] reps) => Op.tile.One(this, reps);

        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) =>
            Op.repeat_interleave_self_int.One(this, repeats, dim, output_size);

        public Tensor repeat_interleave(Tensor repeats, long? dim = null, long? output_size = null) =>
            Op.repeat_interleave_self_Tensor.One(this, repeats, dim, output_size);

        public Tensor narrow(long dim, long start, long length) => Op.narrow.One(this, dim, start, length);
        public Tensor slice(long dim, long start, long finish, long step) => Op.slice_Tensor.One(this, dim, start, finish, step);
        public Tensor select(long dim, long index) => Op.select_int.One(this, dim, index);
        public Tensor[] unbind(long dimension = 0) => Op.unbind_int.Many(this, dimension);
        public Tensor[] chunk(long chunks, long dim = 0) => Op.chunk.Many(this, chunks, dim);
        public Tensor[] split(long size, int dim = 0) => Op.split_Tensor.Many(this, size, dim);
        public Tensor[] split(long[] sizes, long dim = 0) => Op.split_with_sizes.Many(this, sizes, dim);
        public Tensor[] split(ReadOnlySpan<long> sizes, long dim = 0) => Op.split_with_sizes.Many(this, sizes, dim);
        public Tensor[] split(params long[] sizes) => Op.split_with_sizes.Many(this, sizes);
        public Tensor[] tensor_split(long size, long dim = 0) => Op.tensor_split_sections.Many(this, size, dim);
        public Tensor[] tensor_split(long[] sizes, long dim = 0) => Op.tensor_split_indices.Many(this, sizes, dim);
        public Tensor[] tensor_split(Tensor indices, long dim = 0) => Op.tensor_split_tensor_indices_or_sections.Many(this, indices, dim);
        public Tensor flip(params long[] dims) => Op.flip.One(this, dims);
        public Tensor fliplr() => Op.fliplr.One(this);
        public Tensor flipud() => Op.flipud.One(this);
        public Tensor roll((long, long) shifts, (long, long) dims) => Op.roll.One(this, shifts, dims);
        public Tensor roll((long, long, long) shifts, (long, long, long) dims) => Op.roll.One(this, List(shifts), List(dims));
        public Tensor roll(long shifts, long? dims = null) => Op.roll.One(this, new[] { shifts }, dims is { } d ? new[] { d } : []);
        public Tensor roll(long[] shifts) => Op.roll.One(this, shifts);
        public Tensor roll(long[] shifts, long[] dims) => Op.roll.One(this, shifts, dims);
        public Tensor roll(ReadOnlySpan<long> shifts, ReadOnlySpan<long> dims = default) => Op.roll.One(this, shifts, dims);
        public Tensor rot90(long k = 1, (long, long)? dims = null) => Op.rot90.One(this, k, dims ?? (0, 1));
        public Tensor diag(long diagonal = 0) => Op.diag.One(this, diagonal);
        public Tensor diagonal(long offset = 0, long dim1 = 0, long dim2 = 1) => Op.diagonal.One(this, offset, dim1, dim2);
        public Tensor diag_embed(long offset = 0, long dim1 = -2, long dim2 = -1) => Op.diag_embed.One(this, offset, dim1, dim2);
        public Tensor diagflat(long offset = 0) => Op.diagflat.One(this, offset);
        public Tensor tril(long diagonal = 0) => Op.tril.One(this, diagonal);
        public Tensor tril_(long diagonal = 0) => Op.tril_.Same(this, diagonal);
        public Tensor triu(long diagonal = 0) => Op.triu.One(this, diagonal);
        public Tensor triu_(long diagonal = 0) => Op.triu_.Same(this, diagonal);
        public Tensor unfold(long dimension, long size, long step) => Op.unfold.One(this, dimension, size, step);

        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0) =>
            Op.as_strided.One(this, size, strides, storageOffset);

        public Tensor contiguous() => Op.contiguous.One(this);
        public Tensor alias() => Op.alias.One(this);
        public Tensor detach() => Op.detach.One(this);
        public Tensor detach_() => Op.detach_.Same(this);
        public Tensor clone() => Op.clone.One(this);
        public Tensor atleast_1d() => Op.atleast_1d.One(this);
        public Tensor atleast_2d() => Op.atleast_2d.One(this);
        public Tensor atleast_3d() => Op.atleast_3d.One(this);
        public Tensor view_as_real() => Op.view_as_real.One(this);
        public Tensor view_as_complex() => Op.view_as_complex.One(this);
        public Tensor channel_shuffle(long groups) => Op.channel_shuffle.One(this, groups);

        public Tensor diff(long n = 1, long dim = -1, Tensor? prepend = null, Tensor? append = null) =>
            Op.diff.One(this, n, dim, prepend, append);
    }

    public static Tensor reshape(Tensor input, params long[] shape) => input.reshape(shape);
    public static Tensor flatten(Tensor input, long start_dim = 0, long end_dim = -1) => input.flatten(start_dim, end_dim);
    public static Tensor unflatten(Tensor input, long dim, Size sizes) => input.unflatten(dim, sizes);
    public static Tensor unflatten(Tensor input, long dim, params long[] sizes) => input.unflatten(dim, sizes);
    public static Tensor ravel(Tensor input) => input.ravel();
    public static Tensor squeeze(Tensor input, long? dim = null) => input.squeeze(dim);
    public static Tensor squeeze_(Tensor input, long? dim = null) => input.squeeze_(dim);
    public static Tensor unsqueeze(Tensor input, long dim) => input.unsqueeze(dim);
    public static Tensor unsqueeze_(Tensor input, long dim) => input.unsqueeze_(dim);
    public static Tensor transpose(Tensor input, long dim0, long dim1) => input.transpose(dim0, dim1);
    public static Tensor t(Tensor input) => input.t();
    public static Tensor permute(Tensor input, params long[] permutation) => input.permute(permutation);
    public static Tensor movedim(Tensor input, long source, long destination) => Op.movedim_int.One(input, source, destination);
    public static Tensor movedim(Tensor input, long[] source, long[] destination) => input.movedim(source, destination);

    public static Tensor moveaxis(Tensor input, (long, long) source, (long, long) destination) =>
        Op.movedim_intlist.One(input, source, destination);

    public static Tensor moveaxis(Tensor input, (long, long, long) source, (long, long, long) destination) =>
        Op.movedim_intlist.One(input, List(source), List(destination));

    public static Tensor moveaxis(Tensor input, (long, long, long, long) source, (long, long, long, long) destination) =>
        Op.movedim_intlist.One(input, List(source), List(destination));

    public static Tensor moveaxis(Tensor input, long source, long destination) => Op.movedim_int.One(input, source, destination);
    public static Tensor moveaxis(Tensor input, long[] source, long[] destination) => input.moveaxis(source, destination);
    public static Tensor swapaxes(Tensor input, long axis0, long axis1) => input.swapaxes(axis0, axis1);
    public static Tensor swapdims(Tensor input, long dim0, long dim1) => input.swapdims(dim0, dim1);
    public static Tensor broadcast_to(Tensor input, params long[] shape) => input.broadcast_to(shape);
    public static Tensor tile(Tensor input, long[] dims) => input.tile(dims);

    public static Tensor repeat_interleave(Tensor input, long repeats, long? dim = null, long? output_size = null) =>
        input.repeat_interleave(repeats, dim, output_size);

    public static Tensor repeat_interleave(Tensor input, Tensor repeats, long? dim = null, long? output_size = null) =>
        input.repeat_interleave(repeats, dim, output_size);

    public static Tensor narrow(Tensor input, long dim, long start, long length) => input.narrow(dim, start, length);
    public static Tensor select(Tensor input, long dim, long index) => input.select(dim, index);
    public static Tensor[] unbind(Tensor input, long dim = 0) => input.unbind(dim);
    public static Tensor[] unbind(Tensor tensor, int dim = 0) => tensor.unbind(dim);
    public static Tensor[] chunk(Tensor input, long chunks, long dim = 0) => input.chunk(chunks, dim);
    public static Tensor[] split(Tensor tensor, long[] split_size_or_sections, long dim = 0) => tensor.split(split_size_or_sections, dim);

    public static Tensor[] tensor_split(Tensor input, long indices_or_sections, long dim = 0) =>
        input.tensor_split(indices_or_sections, dim);

    public static Tensor[] tensor_split(Tensor input, long[] indices_or_sections, long dim = 0) =>
        input.tensor_split(indices_or_sections, dim);

    public static Tensor[] tensor_split(Tensor input, Tensor indices_or_sections, long dim = 0) =>
        input.tensor_split(indices_or_sections, dim);

    public static Tensor flip(Tensor input, params long[] dims) => input.flip(dims);
    public static Tensor fliplr(Tensor input) => input.fliplr();
    public static Tensor flipud(Tensor input) => input.flipud();
    public static Tensor roll(Tensor input, (long, long) shifts, (long, long) dims) => input.roll(shifts, dims);
    public static Tensor roll(Tensor input, (long, long, long) shifts, (long, long, long) dims) => input.roll(shifts, dims);
    public static Tensor roll(Tensor input, long shifts, long? dims = null) => input.roll(shifts, dims);
    public static Tensor roll(Tensor input, long[] shifts) => input.roll(shifts);
    public static Tensor roll(Tensor input, long[] shifts, long[] dims) => input.roll(shifts, dims);
    public static Tensor roll(Tensor input, ReadOnlySpan<long> shifts, ReadOnlySpan<long> dims = default) => input.roll(shifts, dims);
    public static Tensor rot90(Tensor input, long k = 1, (long, long)? dims = null) => input.rot90(k, dims);
    public static Tensor diag(Tensor input, long diagonal = 0) => input.diag(diagonal);
    public static Tensor diagonal(Tensor input, long offset = 0, long dim1 = 0, long dim2 = 1) => input.diagonal(offset, dim1, dim2);
    public static Tensor diag_embed(Tensor input, long offset = 0, long dim1 = -2, long dim2 = -1) => input.diag_embed(offset, dim1, dim2);
    public static Tensor diagflat(Tensor input, long offset = 0) => input.diagflat(offset);
    public static Tensor tril(Tensor input, long diagonal = 0) => input.tril(diagonal);
    public static Tensor tril_(Tensor input, long diagonal = 0) => input.tril_(diagonal);
    public static Tensor triu(Tensor input, long diagonal = 0) => input.triu(diagonal);
    public static Tensor triu_(Tensor input, long diagonal = 0) => input.triu_(diagonal);
    public static Tensor clone(Tensor input) => input.clone();
    public static IEnumerable<Tensor> atleast_1d(params Tensor[] input) => input.Select(x => x.atleast_1d());
    public static IEnumerable<Tensor> atleast_2d(params Tensor[] input) => input.Select(x => x.atleast_2d());
    public static IEnumerable<Tensor> atleast_3d(params Tensor[] input) => input.Select(x => x.atleast_3d());
    public static Tensor view_as_real(Tensor input) => input.view_as_real();
    public static Tensor view_as_complex(Tensor input) => input.view_as_complex();

    public static Tensor[] meshgrid(IEnumerable<Tensor> tensors, string indexing = "ij") =>
        Op.meshgrid_indexing.Many(tensors.ToArray(), indexing);

    public static Tensor diff(Tensor input, long n = 1, long dim = -1, Tensor? prepend = null, Tensor? append = null) =>
        input.diff(n, dim, prepend, append);
}
