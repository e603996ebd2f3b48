using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>Normalizes groups of channels of each image. Weight and bias start undefined: initialize them.</summary>
public sealed class GroupNorm : Module<Tensor, Tensor>
{
    // TorchSharp leaves weight and bias as uninitialized memory; NaN makes the omission show.
    internal GroupNorm(long groups, long channels, double eps, bool affine, Device? device, ScalarType? dtype)
        : base(nameof(GroupNorm))
    {
        (num_groups, this.eps, this.affine) = (groups, eps, affine);
        if (!affine) return;
        weight = new Parameter(torch.full(channels, double.NaN, dtype, device));
        bias = new Parameter(torch.full(channels, double.NaN, dtype, device));
    }

    public long num_groups { get; set; }

    public double eps { get; set; }

    public bool affine { get; set; }

    public Parameter? weight
    {
        get => Get(nameof(weight));
        set => Set(nameof(weight), value);
    }

    public Parameter? bias
    {
        get => Get(nameof(bias));
        set => Set(nameof(bias), value);
    }

    public override Tensor forward(Tensor tensor) => functional.group_norm(tensor, num_groups, weight, bias, eps);
}

/// <summary>Normalizes over the last dimensions.</summary>
public sealed class LayerNorm : Module<Tensor, Tensor>
{
    internal LayerNorm(long[] shape, double eps, bool affine, bool hasBias, Device? device, ScalarType? dtype)
        : base(nameof(LayerNorm))
    {
        (normalized_shape, this.eps, elementwise_affine) = (shape, eps, affine);
        if (!affine) return;
        weight = new Parameter(torch.empty(shape, dtype, device));
        if (hasBias) bias = new Parameter(torch.empty(shape, dtype, device));
        reset_parameters();
    }

    public long[] normalized_shape { get; set; }

    public double eps { get; set; }

    public bool elementwise_affine { get; set; }

    public Parameter? weight
    {
        get => Get(nameof(weight));
        set => Set(nameof(weight), value);
    }

    public Parameter? bias
    {
        get => Get(nameof(bias));
        set => Set(nameof(bias), value);
    }

    public void reset_parameters()
    {
        if (weight is not null) init.ones_(weight);
        if (bias is not null) init.zeros_(bias);
    }

    public override Tensor forward(Tensor tensor) => functional.layer_norm(tensor, normalized_shape, weight, bias, eps);
}

/// <summary>What batch normalizations keep: an affine map, and running statistics for evaluation.</summary>
public abstract class NormBase : Module<Tensor, Tensor>
{
    public NormBase(
        long num_features, double eps, double? momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype,
        string name)
        : base(name)
    {
        (this.num_features, this.eps, this.momentum) = (num_features, eps, momentum);
        (this.affine, this.track_running_stats) = (affine, track_running_stats);
        if (affine)
        {
            weight = new Parameter(torch.empty(num_features, dtype, device));
            bias = new Parameter(torch.empty(num_features, dtype, device));
        }
        if (track_running_stats)
        {
            running_mean = torch.zeros(num_features, dtype, device);
            running_var = torch.ones(num_features, dtype, device);
            num_batches_tracked = torch.tensor(0L, device: device);
        }
        reset_parameters();
    }

    public long num_features { get; }

    public double eps { get; set; }

    public double? momentum { get; set; }

    public bool affine { get; }

    public bool track_running_stats { get; }

    public Parameter? weight
    {
        get => Get(nameof(weight));
        set => Set(nameof(weight), value);
    }

    public Parameter? bias
    {
        get => Get(nameof(bias));
        set => Set(nameof(bias), value);
    }

    public Tensor? running_mean
    {
        get => GetBuffer(nameof(running_mean));
        set => SetBuffer(nameof(running_mean), value);
    }

    public Tensor? running_var
    {
        get => GetBuffer(nameof(running_var));
        set => SetBuffer(nameof(running_var), value);
    }

    public Tensor? num_batches_tracked
    {
        get => GetBuffer(nameof(num_batches_tracked));
        set => SetBuffer(nameof(num_batches_tracked), value);
    }

    public void reset_running_stats()
    {
        if (!track_running_stats) return;
        running_mean!.zero_();
        running_var!.fill_(1);
        num_batches_tracked!.zero_();
    }

    public void reset_parameters()
    {
        reset_running_stats();
        if (!affine) return;
        init.ones_(weight!);
        init.zeros_(bias!);
    }

    protected abstract void ValidateInputDimensions(Tensor input);
}

/// <summary>Normalizes each channel over the batch.</summary>
public abstract class BatchNorm : NormBase
{
    public BatchNorm(
        long num_features, double eps, double momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype,
        string name)
        : base(num_features, eps, momentum, affine, track_running_stats, device, dtype, name)
    {
    }

    public override Tensor forward(Tensor input)
    {
        ValidateInputDimensions(input);
        if (training && track_running_stats) num_batches_tracked!.add_(1);
        return functional.batch_norm(
            input, running_mean!, running_var!, weight, bias, training || running_mean is null, momentum ?? 0.1, eps);
    }
}

/// <summary>Batch normalization of [N, C, H, W].</summary>
public sealed class BatchNorm2d : BatchNorm
{
    internal BatchNorm2d(long features, double eps, double momentum, bool affine, bool track, Device? device, ScalarType? dtype)
        : base(features, eps, momentum, affine, track, device, dtype, nameof(BatchNorm2d))
    {
    }

    protected override void ValidateInputDimensions(Tensor input)
    {
        if (input.ndim != 4) throw new ArgumentException($"[N, C, H, W] has four dimensions, not {input.ndim}");
    }
}
