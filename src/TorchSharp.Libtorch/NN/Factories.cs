namespace TorchSharp;

public static partial class torch
{
    // The layers by name. Weights start as PyTorch starts them, except GroupNorm's.
    public static partial class nn
    {
        public static Modules.AdaptiveAvgPool2d AdaptiveAvgPool2d((long, long) output_size) => new(Both(output_size)!);

        public static Modules.AdaptiveAvgPool2d AdaptiveAvgPool2d(long output_size) => new(Both(output_size)!);

        public static Modules.AdaptiveAvgPool2d AdaptiveAvgPool2d(long[] output_size) => new(output_size);

        public static Modules.AvgPool2d AvgPool2d(
            (long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null, bool ceil_mode = false,
            bool count_include_pad = true, long? divisor_override = null) =>
            new(
                Both(kernel_size)!, Both(stride), Both(padding), ceil_mode, count_include_pad, divisor_override);

        public static Modules.AvgPool2d AvgPool2d(
            long kernel_size, long? stride = null, long? padding = null, bool ceil_mode = false, bool count_include_pad = true,
            long? divisor_override = null) =>
            new(
                Both(kernel_size)!, Both(stride), Both(padding), ceil_mode, count_include_pad, divisor_override);

        public static Modules.AvgPool2d AvgPool2d(
            long[] kernel_size, long[]? stride = null, long[]? padding = null, bool ceil_mode = false, bool count_include_pad = true,
            long? divisor_override = null) =>
            new(kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override);

        public static Modules.BatchNorm2d BatchNorm2d(
            long num_features, double eps = 1e-5, double momentum = 0.1, bool affine = true, bool track_running_stats = true,
            Device? device = null, ScalarType? dtype = null) =>
            new(num_features, eps, momentum, affine, track_running_stats, device, dtype);

        public static Modules.Conv2d Conv2d(
            long in_channels, long out_channels, (long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null,
            (long, long)? dilation = null, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true,
            Device? device = null, ScalarType? dtype = null) =>
            new(
                in_channels, out_channels, kernel_size, stride ?? (1, 1), padding ?? (0, 0), null, dilation ?? (1, 1), padding_mode,
                groups, bias, device, dtype);

        public static Modules.Conv2d Conv2d(
            long in_channels, long out_channels, (long, long) kernel_size, Padding padding, (long, long)? stride = null,
            (long, long)? dilation = null, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true,
            Device? device = null, ScalarType? dtype = null) =>
            new(
                in_channels, out_channels, kernel_size, stride ?? (1, 1), (0, 0), padding, dilation ?? (1, 1), padding_mode, groups, bias,
                device, dtype);

        public static Modules.Conv2d Conv2d(
            long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0, long dilation = 1,
            PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null,
            ScalarType? dtype = null) =>
            new(
                in_channels, out_channels, (kernel_size, kernel_size), (stride, stride), (padding, padding), null,
                (dilation, dilation), padding_mode, groups, bias, device, dtype);

        public static Modules.Conv2d Conv2d(
            long in_channels, long out_channels, long kernel_size, Padding padding, long stride = 1, long dilation = 1,
            PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null,
            ScalarType? dtype = null) =>
            new(
                in_channels, out_channels, (kernel_size, kernel_size), (stride, stride), (0, 0), padding, (dilation, dilation),
                padding_mode, groups, bias, device, dtype);

        public static Modules.ConvTranspose2d ConvTranspose2d(
            long in_channels, long out_channels, (long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null,
            (long, long)? output_padding = null, (long, long)? dilation = null, PaddingModes padding_mode = PaddingModes.Zeros,
            long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
            new(
                in_channels, out_channels, kernel_size, stride ?? (1, 1), padding ?? (0, 0), output_padding ?? (0, 0),
                dilation ?? (1, 1), padding_mode, groups, bias, device, dtype);

        public static Modules.ConvTranspose2d ConvTranspose2d(
            long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0, long output_padding = 0,
            long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true,
            Device? device = null, ScalarType? dtype = null) =>
            new(
                in_channels, out_channels, (kernel_size, kernel_size), (stride, stride), (padding, padding),
                (output_padding, output_padding), (dilation, dilation), padding_mode, groups, bias, device, dtype);

        public static Modules.Dropout Dropout(double p = 0.5, bool inplace = false) => new(p, inplace);

        public static Modules.Dropout2d Dropout2d(double p = 0.5, bool inplace = false) => new(p, inplace);

        public static Modules.Embedding Embedding(
            long num_embeddings, long embedding_dims, long? padding_idx = null, double? max_norm = null, double norm_type = 2,
            bool scale_grad_by_freq = false, bool sparse = false, Device? device = null, ScalarType? dtype = null) =>
            new(
                Vectors(num_embeddings, embedding_dims, padding_idx, dtype, device), padding_idx, max_norm, norm_type,
                scale_grad_by_freq, sparse);

        public static Modules.Embedding Embedding_from_pretrained(
            Tensor embeddings, bool freeze = true, long? padding_idx = null, double? max_norm = null, double norm_type = 2,
            bool scale_grad_by_freq = false, bool sparse = false, Device? device = null, ScalarType? dtype = null) =>
            new(
                new Modules.Parameter(Move(embeddings.alias(), dtype, device ?? embeddings.device), !freeze), padding_idx, max_norm,
                norm_type, scale_grad_by_freq, sparse);

        public static Modules.Flatten Flatten(long start_dim = 1, long end_dim = -1) => new(start_dim, end_dim);

        public static Modules.GELU GELU() => new(false);

        public static Modules.GELU GELU(bool inplace) => new(inplace);

        public static Modules.GroupNorm GroupNorm(
            long num_groups, long num_channels, double eps = 1e-5, bool affine = true, Device? device = null, ScalarType? dtype = null) =>
            new(num_groups, num_channels, eps, affine, device, dtype);

        public static Modules.Identity Identity() => new();

        public static Modules.LayerNorm LayerNorm(
            long normalized_shape, double eps = 1e-5, bool elementwise_affine = true, bool bias = true, Device? device = null,
            ScalarType? dtype = null) =>
            new([normalized_shape], eps, elementwise_affine, bias, device, dtype);

        public static Modules.LayerNorm LayerNorm(
            long[] normalized_shape, double eps = 1e-5, bool elementwise_affine = true, bool bias = true, Device? device = null,
            ScalarType? dtype = null) =>
            new(normalized_shape, eps, elementwise_affine, bias, device, dtype);

        public static Modules.LeakyReLU LeakyReLU(double negative_slope = 0.01, bool inplace = false) => new(negative_slope, inplace);

        public static Modules.Linear Linear(
            long inputSize, long outputSize, bool hasBias = true, Device? device = null, ScalarType? dtype = null) =>
            new(inputSize, outputSize, hasBias, device, dtype);

        public static Modules.Linear Linear(Modules.Parameter weight, Modules.Parameter? bias = null) => new(weight, bias);

        public static Modules.MaxPool2d MaxPool2d(
            (long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null, (long, long)? dilation = null,
            bool ceil_mode = false) =>
            new(Both(kernel_size)!, Both(stride), Both(padding), Both(dilation), ceil_mode);

        public static Modules.MaxPool2d MaxPool2d(
            long kernel_size, long? stride = null, long? padding = null, long? dilation = null, bool ceil_mode = false) =>
            new(Both(kernel_size)!, Both(stride), Both(padding), Both(dilation), ceil_mode);

        public static Modules.MaxPool2d MaxPool2d(
            long[] kernel_size, long[]? stride = null, long[]? padding = null, long[]? dilation = null, bool ceil_mode = false) =>
            new(kernel_size, stride, padding, dilation, ceil_mode);

        public static Modules.ModuleDict<T> ModuleDict<T>(params (string, T)[] modules) where T : Module => Named(modules);

        public static Modules.ModuleDict<nn.Module> ModuleDict(params (string, Module)[] modules) => Named(modules);

        public static Modules.ModuleList<T> ModuleList<T>(params T[] modules) where T : Module => new(modules);

        public static Modules.ModuleList<nn.Module> ModuleList(params Module[] modules) => new(modules);

        public static Modules.Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);

        public static Modules.ParameterList ParameterList(params Modules.Parameter[] parameters) => new(parameters);

        public static Modules.PixelShuffle PixelShuffle(long upscale_factor) => new(upscale_factor);

        public static Modules.PixelUnshuffle PixelUnshuffle(long downscale_factor) => new(downscale_factor);

        public static Modules.ReLU ReLU(bool inplace = false) => new(inplace);

        public static Modules.Sequential Sequential() => Modules.Sequential.Of([]);

        public static Modules.Sequential Sequential(IEnumerable<(string name, Module<Tensor, Tensor> submodule)> modules) =>
            Modules.Sequential.Of(modules);

        public static Modules.Sequential Sequential(IEnumerable<Tuple<string, Module<Tensor, Tensor>>> modules) =>
            Modules.Sequential.Of(modules.Select(m => (m.Item1, m.Item2)));

        public static Modules.Sequential Sequential(IEnumerable<Module<Tensor, Tensor>> modules) =>
            Modules.Sequential.Of(modules.Select((m, i) => (i.ToString(), m)));

        public static Modules.Sequential Sequential(params (string name, Module<Tensor, Tensor> submodule)[] modules) =>
            Modules.Sequential.Of(modules);

        public static Modules.Sequential Sequential(params Tuple<string, Module<Tensor, Tensor>>[] modules) =>
            Modules.Sequential.Of(modules.Select(m => (m.Item1, m.Item2)));

        public static Modules.Sequential Sequential(params Module<Tensor, Tensor>[] modules) =>
            Modules.Sequential.Of(modules.Select((m, i) => (i.ToString(), m)));

        public static Modules.SiLU SiLU() => new(false);

        public static Modules.SiLU SiLU(bool inplace) => new(inplace);

        public static Modules.Sigmoid Sigmoid() => new(false);

        public static Modules.Sigmoid Sigmoid(bool inplace) => new(inplace);

        public static Modules.Softmax Softmax(long dim) => new(dim);

        public static Modules.Tanh Tanh() => new(false);

        public static Modules.Tanh Tanh(bool inplace = false) => new(inplace);

        public static Modules.Upsample Upsample(
            long[]? size = null, double[]? scale_factor = null, torch.UpsampleMode mode = torch.UpsampleMode.Nearest,
            bool? align_corners = null, bool? recompute_scale_factor = null) =>
            new(size, scale_factor, mode, align_corners, recompute_scale_factor);

        static long[]? Both(long? v) => v is { } both ? [both, both] : null;

        static long[]? Both((long, long)? v) => v is { } pair ? [pair.Item1, pair.Item2] : null;

        static Modules.ModuleDict<T> Named<T>((string, T)[] modules)
            where T : Module
        {
            var dict = new Modules.ModuleDict<T>();
            foreach (var module in modules) dict.Add(module);
            return dict;
        }

        static Modules.Parameter Vectors(long count, long size, long? padding, ScalarType? dtype, Device? device)
        {
            var vectors = randn(count, size, dtype, device);
            if (padding is { } row) vectors[row].zero_();
            return new Modules.Parameter(vectors);
        }
    }
}
