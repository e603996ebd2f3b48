namespace TorchSharp;

// Filling in place, and tensors like another. Each call is one of libtorch's operators; torch.f(x, ...) is x.f(...).
public static partial class torch
{
    public partial class Tensor
    {
        public Tensor uniform_(double from, double to, Generator? generator = null) => Op.uniform_.Same(this, from, to, generator);
        public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null) => Op.normal_.Same(this, mean, std, generator);

        public Tensor random_(double from, double to, Generator? generator = null) =>
            Op.random__from.Same(this, (long)from, (long)to, generator);

        public Tensor bernoulli(Generator? generator = null) => Op.bernoulli.One(this, generator);
        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) => Op.bernoulli__float.Same(this, p, generator);
        public Tensor bernoulli_(Tensor p, Generator? generator = null) => Op.bernoulli__Tensor.Same(this, p, generator);
        public Tensor exponential_(double @lambda = 1, Generator? generator = null) => Op.exponential_.Same(this, @lambda, generator);

        public Tensor log_normal_(double mean = 0, double std = 1, Generator? generator = null) =>
            Op.log_normal_.Same(this, mean, std, generator);

        public Tensor cauchy_(double median = 0, double sigma = 1, Generator? generator = null) =>
            Op.cauchy_.Same(this, median, sigma, generator);

        public Tensor geometric_(double p, Generator? generator = null) => Op.geometric_.Same(this, p, generator);

        public Tensor multinomial(long num_samples, bool replacement = false, Generator? generator = null) =>
            Op.multinomial.One(this, num_samples, replacement, generator);

        public Tensor poisson(Generator? generator = null) => Op.poisson.One(this, generator);
        public Tensor fill_(Scalar value) => Op.fill__Scalar.Same(this, value);
        public Tensor zero_() => Op.zero_.Same(this);

        /// <summary>Makes this tensor share the other's storage, offset, shape and strides.</summary>
        public Tensor set_(Tensor source) => Op.set__source_Tensor.Same(this, source);

        public Tensor copy_(Tensor source, bool nonBlocking = false) => Op.copy_.Same(this, source, nonBlocking);

        public Tensor empty_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.empty_like.One(this, dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor zeros_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.zeros_like.One(this, dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor ones_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.ones_like.One(this, dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor full_like(Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.full_like.One(this, value, dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor rand_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.rand_like.One(this, dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor randn_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.randn_like.One(this, dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor randint_like(long low, long high, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.randint_like_low_dtype.One(this, low, high, dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor new_empty(
            long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.new_empty.One(this, new[] { dim0, dim1, dim2, dim3 }, dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor new_empty(
            long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.new_empty.One(this, new[] { dim0, dim1, dim2 }, dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor new_empty(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.new_empty.One(this, (rows, columns), dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor new_empty(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.new_empty.One(this, new[] { size }, dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor new_empty(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.new_empty.One(this, size, dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor new_empty(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.new_empty.One(this, size, dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor new_zeros(
            long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.new_zeros.One(this, new[] { dim0, dim1, dim2, dim3 }, dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor new_zeros(
            long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.new_zeros.One(this, new[] { dim0, dim1, dim2 }, dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor new_zeros(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.new_zeros.One(this, (rows, columns), dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor new_zeros(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.new_zeros.One(this, new[] { size }, dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor new_zeros(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.new_zeros.One(this, size, dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor new_zeros(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.new_zeros.One(this, size, dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor new_ones(
            long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.new_ones.One(this, new[] { dim0, dim1, dim2, dim3 }, dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor new_ones(
            long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.new_ones.One(this, new[] { dim0, dim1, dim2 }, dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor new_ones(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.new_ones.One(this, (rows, columns), dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor new_ones(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.new_ones.One(this, new[] { size }, dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor new_full(
            long dim0, long dim1, long dim2, long dim3, Scalar value, ScalarType? dtype = null, Device? device = null,
            bool requires_grad = false) =>
            Op.new_full.One(this, new[] { dim0, dim1, dim2, dim3 }, value, dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor new_full(
            long dim0, long dim1, long dim2, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.new_full.One(this, new[] { dim0, dim1, dim2 }, value, dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor new_full(
            long rows, long columns, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.new_full.One(this, (rows, columns), value, dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor new_full(long size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.new_full.One(this, new[] { size }, value, dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor new_full(long[] size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.new_full.One(this, size, value, dtype, Arg.None, device).requires_grad_(requires_grad);

        public Tensor new_full(
            ReadOnlySpan<long> size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.new_full.One(this, size, value, dtype, Arg.None, device).requires_grad_(requires_grad);
    }

    public static Tensor bernoulli(Tensor input, Generator? generator = null) => input.bernoulli(generator);

    public static Tensor multinomial(Tensor input, long num_samples, bool replacement = false, Generator? generator = null) =>
        input.multinomial(num_samples, replacement, generator);

    public static Tensor poisson(Tensor input, Generator? generator = null) => input.poisson(generator);

    public static Tensor empty_like(
        Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Unnamed(names, input.empty_like(dtype, device, requires_grad));

    public static Tensor zeros_like(
        Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Unnamed(names, input.zeros_like(dtype, device, requires_grad));

    public static Tensor ones_like(
        Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Unnamed(names, input.ones_like(dtype, device, requires_grad));

    public static Tensor full_like(
        Tensor input, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        Unnamed(names, input.full_like(value, dtype, device, requires_grad));

    public static Tensor rand_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        input.rand_like(dtype, device, requires_grad);

    public static Tensor randn_like(Tensor input, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        input.randn_like(dtype, device, requires_grad);

    public static Tensor randint_like(
        Tensor input, long low, long high, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        input.randint_like(low, high, dtype, device, requires_grad);
}
