namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        // Functions that are more than one operator.
        public static partial class functional
        {
            /// <summary>
            /// softmax(q k^T / sqrt(d) + mask) v for queries [..., L, d], keys and values [..., S, d]. The mask is added, or, if boolean,
            /// says which keys take part; <paramref name="is_casual"/>: query i sees keys 0..i.
            /// </summary>
            public static Tensor scaled_dot_product_attention(
                Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null, double p = 0, bool is_casual = false)
            {
                if (Op.scaled_dot_product_attention.Exists)
                    return Op.scaled_dot_product_attention.One(query, key, value, attn_mask, p, is_casual);

                // libtorch before 2.0. Products of batches of matrices, not baddbmm: on a CPU it leaves the vendor's kernels.
                if (is_casual && attn_mask is not null) throw new ArgumentException("a causal attention takes no mask");
                using var scope = NewDisposeScope();
                var weights = query.mul(1 / Math.Sqrt(query.size(-1))).matmul(key.transpose(-2, -1));
                if (is_casual) attn_mask = ones([query.size(-2), key.size(-2)], ScalarType.Bool, query.device).tril();
                if (attn_mask is not null)
                {
                    weights = attn_mask.dtype == ScalarType.Bool
                        ? weights.masked_fill(attn_mask.logical_not(), double.NegativeInfinity)
                        : weights.add(attn_mask);
                }
                weights = weights.softmax(-1);
                if (p > 0) weights = dropout(weights, p);
                return weights.matmul(value).MoveToOuterDisposeScope();
            }

            /// <summary>Scales vectors along a dimension to norm 1.</summary>
            public static Tensor normalize(Tensor input, double p = 2, long dim = 1, double eps = 1e-12)
            {
                using var scope = NewDisposeScope();
                var norm = Op.norm_ScalarOpt_dim.One(input, p, new[] { dim }, true).clamp_min(eps).expand_as(input);
                return input.div(norm).MoveToOuterDisposeScope();
            }

            /// <summary>
            /// Resizes the dimensions after the first two to <paramref name="size"/> or by <paramref name="scale_factor"/>.
            /// </summary>
            /// <param name="antialias">Widen the filter when shrinking; bilinear and bicubic only.</param>
            public static Tensor interpolate(
                Tensor x, long[]? size = null, double[]? scale_factor = null, InterpolationMode mode = InterpolationMode.Nearest,
                bool? align_corners = null, bool recompute_scale_factor = false, bool antialias = false)
            {
                int spatial = (int)x.ndim - 2;
                if (size is null == scale_factor is null) throw new ArgumentException("give either a size or a scale factor");
                if (size is { Length: 1 }) size = [.. Enumerable.Repeat(size[0], spatial)];
                if (scale_factor is { Length: 1 }) scale_factor = [.. Enumerable.Repeat(scale_factor[0], spatial)];
                if (scale_factor is not null && (recompute_scale_factor || mode == InterpolationMode.Area))
                {
                    var shape = x.shape;
                    size = [.. scale_factor.Select((s, d) => (long)Math.Floor(shape[d + 2] * s))];
                    scale_factor = null;
                }
                bool align = align_corners ?? false;
                return (mode, spatial) switch
                {
                    (InterpolationMode.Nearest, 1) => Op.upsample_nearest1d_vec.One(x, size, scale_factor),
                    (InterpolationMode.Nearest, 2) => Op.upsample_nearest2d_vec.One(x, size, scale_factor),
                    (InterpolationMode.Nearest, 3) => Op.upsample_nearest3d_vec.One(x, size, scale_factor),
                    (InterpolationMode.NearestExact, 2) => Op._upsample_nearest_exact2d_vec.One(x, size, scale_factor),
                    (InterpolationMode.Area, 2) => adaptive_avg_pool2d(x, size!),
                    (InterpolationMode.Linear, 1) => Op.upsample_linear1d_vec.One(x, size, align, scale_factor),
                    (InterpolationMode.Bilinear, 2) when antialias => Op._upsample_bilinear2d_aa_vec.One(x, size, align, scale_factor),
                    (InterpolationMode.Bilinear, 2) => Op.upsample_bilinear2d_vec.One(x, size, align, scale_factor),
                    (InterpolationMode.Bicubic, 2) when antialias => Op._upsample_bicubic2d_aa_vec.One(x, size, align, scale_factor),
                    (InterpolationMode.Bicubic, 2) => Op.upsample_bicubic2d_vec.One(x, size, align, scale_factor),
                    (InterpolationMode.Trilinear, 3) => Op.upsample_trilinear3d_vec.One(x, size, align, scale_factor),
                    _ => throw new ArgumentException($"{mode} does not resize {spatial} dimensions"),
                };
            }
        }
    }
}
