namespace TorchSharp;

// Comparison and logic. Each call is one of libtorch's operators; torch.f(x, ...) is x.f(...).
public static partial class torch
{
    public partial class Tensor
    {
        public Tensor eq(Scalar target) => Op.eq_Scalar.One(this, target);
        public Tensor eq(Tensor target) => Op.eq_Tensor.One(this, target);
        public Tensor eq_(Scalar target) => Op.eq__Scalar.Same(this, target);
        public Tensor eq_(Tensor target) => Op.eq__Tensor.Same(this, target);
        public Tensor ne(Scalar target) => Op.ne_Scalar.One(this, target);
        public Tensor ne(Tensor target) => Op.ne_Tensor.One(this, target);
        public Tensor ne_(Scalar target) => Op.ne__Scalar.Same(this, target);
        public Tensor ne_(Tensor target) => Op.ne__Tensor.Same(this, target);
        public Tensor lt(Scalar target) => Op.lt_Scalar.One(this, target);
        public Tensor lt(Tensor target) => Op.lt_Tensor.One(this, target);
        public Tensor lt_(Scalar target) => Op.lt__Scalar.Same(this, target);
        public Tensor lt_(Tensor target) => Op.lt__Tensor.Same(this, target);
        public Tensor le(Scalar target) => Op.le_Scalar.One(this, target);
        public Tensor le(Tensor target) => Op.le_Tensor.One(this, target);
        public Tensor le_(Scalar target) => Op.le__Scalar.Same(this, target);
        public Tensor le_(Tensor target) => Op.le__Tensor.Same(this, target);
        public Tensor gt(Scalar target) => Op.gt_Scalar.One(this, target);
        public Tensor gt(Tensor target) => Op.gt_Tensor.One(this, target);
        public Tensor gt_(Scalar target) => Op.gt__Scalar.Same(this, target);
        public Tensor gt_(Tensor target) => Op.gt__Tensor.Same(this, target);
        public Tensor ge(Scalar target) => Op.ge_Scalar.One(this, target);
        public Tensor ge(Tensor target) => Op.ge_Tensor.One(this, target);
        public Tensor ge_(Scalar target) => Op.ge__Scalar.Same(this, target);
        public Tensor ge_(Tensor target) => Op.ge__Tensor.Same(this, target);
        public Tensor equal(Tensor target) => eq(target);
        public Tensor not_equal(Tensor target) => Op.not_equal_Tensor.One(this, target);
        public Tensor not_equal_(Tensor target) => Op.not_equal__Tensor.Same(this, target);
        public Tensor greater(Tensor target) => Op.greater_Tensor.One(this, target);
        public Tensor greater_equal(Tensor target) => Op.greater_equal_Tensor.One(this, target);
        public Tensor less(Tensor target) => Op.less_Tensor.One(this, target);
        public Tensor less_equal(Tensor target) => Op.less_equal_Tensor.One(this, target);
        public Tensor less_equal_(Tensor target) => Op.less_equal__Tensor.Same(this, target);
        public Tensor isnan() => Op.isnan.One(this);
        public Tensor isinf() => Op.isinf.One(this);
        public Tensor isfinite() => Op.isfinite.One(this);
        public Tensor isposinf() => Op.isposinf.One(this);
        public Tensor isneginf() => Op.isneginf.One(this);

        public Tensor isclose(Tensor other, double rtol = 1e-5, double atol = 1e-8, bool nanEqual = false) =>
            Op.isclose.One(this, other, rtol, atol, nanEqual);

        public bool allclose(Tensor target, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false) =>
            Op.allclose.Bool(this, target, rtol, atol, equal_nan);

        public Tensor logical_and(Tensor other) => Op.logical_and.One(this, other);
        public Tensor logical_and_(Tensor other) => Op.logical_and_.Same(this, other);
        public Tensor logical_or(Tensor other) => Op.logical_or.One(this, other);
        public Tensor logical_or_(Tensor other) => Op.logical_or_.Same(this, other);
        public Tensor logical_xor(Tensor other) => Op.logical_xor.One(this, other);
        public Tensor logical_xor_(Tensor other) => Op.logical_xor_.Same(this, other);
        public Tensor logical_not() => Op.logical_not.One(this);
        public Tensor logical_not_() => Op.logical_not_.Same(this);
        public Tensor bitwise_and(Tensor other) => Op.bitwise_and_Tensor.One(this, other);
        public Tensor bitwise_and_(Tensor other) => Op.bitwise_and__Tensor.Same(this, other);
        public Tensor bitwise_or(Tensor other) => Op.bitwise_or_Tensor.One(this, other);
        public Tensor bitwise_or_(Tensor other) => Op.bitwise_or__Tensor.Same(this, other);
        public Tensor bitwise_xor(Tensor other) => Op.bitwise_xor_Tensor.One(this, other);
        public Tensor bitwise_xor_(Tensor other) => Op.bitwise_xor__Tensor.Same(this, other);
        public Tensor bitwise_not() => Op.bitwise_not.One(this);
        public Tensor bitwise_not_() => Op.bitwise_not_.Same(this);
        public Tensor any() => Op.any.One(this);
        public Tensor any(long dim, bool keepdim = false) => Op.any_dim.One(this, dim, keepdim);
        public Tensor all() => Op.all.One(this);
        public Tensor all(long dim, bool keepdim = false) => Op.all_dim.One(this, dim, keepdim);

        public Tensor isin(Tensor test_elements, bool assumeUnique = false, bool invert = false) =>
            Op.isin_Tensor_Tensor.One(this, test_elements, assumeUnique, invert);

        public bool is_nonzero() => Op.is_nonzero.Bool(this);
    }

    public static Tensor eq(Tensor left, Tensor right) => left.eq(right);
    public static Tensor ne(Tensor left, Tensor right) => left.ne(right);
    public static Tensor lt(Tensor left, Tensor right) => left.lt(right);
    public static Tensor le(Tensor left, Tensor right) => left.le(right);
    public static Tensor gt(Tensor left, Tensor right) => left.gt(right);
    public static Tensor ge(Tensor left, Tensor right) => left.ge(right);
    public static Tensor equal(Tensor tensor, Tensor target) => tensor.equal(target);
    public static Tensor not_equal(Tensor tensor, Tensor target) => tensor.not_equal(target);
    public static Tensor greater(Tensor tensor, Tensor target) => tensor.greater(target);
    public static Tensor greater_equal(Tensor tensor, Tensor target) => tensor.greater_equal(target);
    public static Tensor less(Tensor tensor, Tensor target) => tensor.less(target);
    public static Tensor less_equal(Tensor tensor, Tensor target) => tensor.less_equal(target);
    public static Tensor isnan(Tensor input) => input.isnan();
    public static Tensor isinf(Tensor tensor) => tensor.isinf();
    public static Tensor isfinite(Tensor tensor) => tensor.isfinite();
    public static Tensor isposinf(Tensor tensor) => tensor.isposinf();
    public static Tensor isneginf(Tensor tensor) => tensor.isneginf();

    public static Tensor isclose(Tensor tensor, Tensor other, double rtol = 1e-5, double atol = 1e-8, bool nanEqual = false) =>
        tensor.isclose(other, rtol, atol, nanEqual);

    public static bool allclose(Tensor tensor, Tensor target, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false) =>
        tensor.allclose(target, rtol, atol, equal_nan);

    public static Tensor logical_and(Tensor left, Tensor right) => left.logical_and(right);
    public static Tensor logical_and_(Tensor left, Tensor right) => left.logical_and_(right);
    public static Tensor logical_or(Tensor left, Tensor right) => left.logical_or(right);
    public static Tensor logical_or_(Tensor left, Tensor right) => left.logical_or_(right);
    public static Tensor logical_xor(Tensor left, Tensor right) => left.logical_xor(right);
    public static Tensor logical_xor_(Tensor left, Tensor right) => left.logical_xor_(right);
    public static Tensor logical_not(Tensor input) => input.logical_not();
    public static Tensor bitwise_and(Tensor left, Tensor right) => left.bitwise_and(right);
    public static Tensor bitwise_and_(Tensor left, Tensor right) => left.bitwise_and_(right);
    public static Tensor bitwise_or(Tensor left, Tensor right) => left.bitwise_or(right);
    public static Tensor bitwise_or_(Tensor left, Tensor right) => left.bitwise_or_(right);
    public static Tensor bitwise_xor(Tensor left, Tensor right) => left.bitwise_xor(right);
    public static Tensor bitwise_xor_(Tensor left, Tensor right) => left.bitwise_xor_(right);
    public static Tensor bitwise_not(Tensor input) => input.bitwise_not();
    public static Tensor bitwise_not_(Tensor input) => input.bitwise_not_();
    public static Tensor any(Tensor input) => input.any();
    public static Tensor any(Tensor input, long dim, bool keepdim = false) => input.any(dim, keepdim);
    public static Tensor all(Tensor input) => input.all();
    public static Tensor all(Tensor input, long dim, bool keepdim = false) => input.all(dim, keepdim);

    public static Tensor isin(Tensor tensor, Tensor test_elements, bool assumeUnique = false, bool invert = false) =>
        tensor.isin(test_elements, assumeUnique, invert);

    public static bool is_nonzero(Tensor input) => input.is_nonzero();
}
