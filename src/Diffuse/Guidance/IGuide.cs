using Diffuse.Configuration;
using Diffuse.Data;
using Diffuse.Denoising;
using Diffuse.Networks;
using static TorchSharp.torch;

namespace Diffuse.Guidance;

/// <summary>What images are wanted: log p(y | x) up to a constant, or minus a loss.</summary>
public interface IGuide
{
    /// <summary>[N], differentiable in x.</summary>
    /// <param name="x">[N, C, H, W] at time t; a guide that knows clean images alone is asked about clean estimates.</param>
    Tensor LogProbability(Tensor x, double t, Condition given);

    /// <summary>The classes that images can be led to, by label; none for a guide to one thing.</summary>
    IReadOnlyList<string> Choices => [];
}

/// <summary>What guides are built from beside the model that they guide.</summary>
public interface IGuideSources
{
    Device Device { get; }

    /// <summary>[C, H, W] of the images.</summary>
    IReadOnlyList<long> Shape { get; }

    /// <summary>The guide that options name, built once however often images are drawn.</summary>
    /// <exception cref="ConfigException">What it names is not there.</exception>
    IGuide Guide(GuideOptions options);

    /// <summary>The classifier of a run or checkpoint.</summary>
    /// <exception cref="ConfigException">There is none.</exception>
    NoisyClassifier Classifier(string model);

    /// <summary>The names of the classes that it reads, by label.</summary>
    /// <exception cref="ConfigException">There is none.</exception>
    IReadOnlyList<string> Classes(string model);

    /// <summary>The CLIP of a run, a checkpoint or a folder of published weights, what it makes of a text, [1, E], and how it wants images.</summary>
    /// <exception cref="ConfigException">There is none.</exception>
    (Clip Clip, Tensor Text, Normalization Seen) Clip(string model, string prompt);

    /// <summary>The denoiser of a run or checkpoint.</summary>
    /// <exception cref="ConfigException">There is none.</exception>
    IDenoiser Denoiser(string model);

    /// <summary>[1, C, H, W] in [-1, 1], framed as the model's images.</summary>
    /// <exception cref="ConfigException">It cannot be read.</exception>
    Tensor Image(string file);

    /// <summary>[1, 1, H, W], 1 where a picture is white.</summary>
    /// <param name="image">What it is a mask of; it has its size, or that of the model's images.</param>
    /// <exception cref="ConfigException">It cannot be read, or has another size.</exception>
    Tensor Mask(string file, string image);
}

/// <summary>How a config names a guide: <c>guide: { kind: classifier, model: runs/00007-noisy }</c>.</summary>
public abstract record GuideOptions
{
    /// <summary>What a sheet of images says of it.</summary>
    public virtual string Caption => Kinds.NameOf(GetType());

    /// <summary>Whether it reads noised images, at their time; otherwise clean estimates.</summary>
    public virtual bool ReadsNoise => false;

    /// <exception cref="ConfigException">What it names is not there.</exception>
    public abstract IGuide Build(IGuideSources sources);

    /// <summary>A value that has no default.</summary>
    /// <exception cref="ConfigException">It is missing.</exception>
    protected string Given(string value, string key, string allowed) => value.Length > 0
        ? value
        : throw new ConfigException($"sampling.guides: guide {Kinds.NameOf(GetType())}: {key}: missing; allowed: {allowed}");
}

internal static class Gradients
{
    /// <summary>grad of the sum of f over images, at x.</summary>
    public static Tensor Of(Tensor x, Func<Tensor, Tensor> f)
    {
        using var gradients = enable_grad();
        var at = x.detach().requires_grad_();
        return autograd.grad([f(at).sum()], [at])[0].detach();
    }
}
