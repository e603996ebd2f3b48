namespace TorchSharp;

public static partial class torch
{
    /// <summary>Dense linear algebra; leading dimensions are batches.</summary>
    public static class linalg
    {
        public static (Tensor, Tensor) eigh(Tensor input, char UPLO = 'L') => Op.linalg_eigh.Two(input, UPLO.ToString());

        public static Tensor eigvalsh(Tensor input, char UPLO = 'L') => Op.linalg_eigvalsh.One(input, UPLO.ToString());

        public static (Tensor, Tensor) eig(Tensor input) => Op.linalg_eig.Two(input);

        public static Tensor eigvals(Tensor input) => Op.linalg_eigvals.One(input);

        public static (Tensor U, Tensor S, Tensor Vh) svd(Tensor input, bool fullMatrices = true) =>
            Op.linalg_svd.Three(input, fullMatrices);

        public static Tensor svdvals(Tensor input) => Op.linalg_svdvals.One(input);

        public static Tensor inv(Tensor input) => Op.linalg_inv.One(input);

        public static Tensor solve(Tensor A, Tensor B, bool left = true) =>
            left ? Op.linalg_solve.One(A, B) : Op.linalg_solve.One(A.mT, B.mT).mT;

        public static Tensor det(Tensor input) => Op.linalg_det.One(input);

        public static (Tensor, Tensor) slogdet(Tensor input) => Op.linalg_slogdet.Two(input);

        public static Tensor cholesky(Tensor input) => Op.linalg_cholesky.One(input);

        public static Tensor norm(Tensor input, long[]? dims = null, bool keepdim = false) =>
            Op.linalg_norm.One(input, Arg.None, dims, keepdim);

        public static Tensor norm(Tensor input, double ord, long[]? dims = null, bool keepdim = false) =>
            Op.linalg_norm.One(input, ord, dims, keepdim);

        public static Tensor norm(Tensor input, int ord, long[]? dims = null, bool keepdim = false) =>
            Op.linalg_norm.One(input, (long)ord, dims, keepdim);

        public static Tensor norm(Tensor input, string ord, long[]? dims = null, bool keepdim = false) =>
            Op.linalg_norm_ord_str.One(input, ord, dims, keepdim);

        public static Tensor vector_norm(Tensor input, double ord = 2, long[]? dims = null, bool keepdim = false) =>
            Op.linalg_vector_norm.One(input, ord, dims, keepdim);

        public static Tensor matrix_norm(Tensor input, string ord = "fro", long[]? dims = null, bool keepdim = false) =>
            Op.linalg_matrix_norm_str_ord.One(input, ord, dims ?? [-2, -1], keepdim);

        public static Tensor matrix_norm(Tensor input, double ord, long[]? dims = null, bool keepdim = false) =>
            Op.linalg_matrix_norm.One(input, ord, dims ?? [-2, -1], keepdim);

        public static Tensor multi_dot(IList<Tensor> tensors) => Op.linalg_multi_dot.One((Arg)tensors.ToArray());

        public static Tensor matrix_exp(Tensor input) => Op.linalg_matrix_exp.One(input);
    }
}
