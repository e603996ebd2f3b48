using Diffuse.Numerics;
using static TorchSharp.torch;

namespace Diffuse.Processes;

/// <summary>
/// How clean data x0 becomes x_t. Time is a double on the process's own clock, 0 is clean data and <see cref="Horizon"/> the start of
/// sampling (a DDPM step runs 0..T, an SDE's time 0..1, EDM's time is sigma, a cold process counts its steps).
/// </summary>
public abstract class ForwardProcess
{
    /// <summary>The largest time, where x_T is (nearly) independent of x0.</summary>
    public abstract double Horizon { get; }

    /// <summary>T where the process counts steps, its times of training being 1..T; null in continuous time.</summary>
    public virtual int? Steps => null;

    /// <summary>x_t ~ q(x_t | x0) for the given draw <paramref name="eps"/> ~ N(0, I). A deterministic process ignores eps.</summary>
    /// <param name="x0">[N, ...], data in [-1, 1].</param>
    public abstract Tensor Corrupt(Tensor x0, Times t, Tensor eps);

    /// <summary>
    /// x_s of the image that x_t comes from, were x0 its clean version: A_s(x0), with the randomness that x_t shows. s may be more or less
    /// noisy than t.
    /// </summary>
    public abstract Tensor Move(Tensor x, Tensor x0, double t, double s);

    /// <summary>A draw from the law that sampling starts from at <see cref="Horizon"/>, with the shape of <paramref name="like"/>.</summary>
    public abstract Tensor Prior(Tensor like, INoise z);

    /// <summary>The uniform law of training times: maps u in [0, 1) onto the clock (DDPM: the steps 1..T with equal weight).</summary>
    public virtual double TimeAt(double u) => Steps is { } steps ? Math.Floor(u * steps) + 1 : u * Horizon;

    /// <summary>
    /// What the process knows of the data: parameters that are trained along with the network (a learned schedule), buffers that
    /// <see cref="Measure"/> fills. Checkpoints hold it. Null for most.
    /// </summary>
    public virtual nn.Module? Learned => null;

    /// <summary>Told the shape of its images once, [C, H, W], before anything is learned or loaded. Most processes do not mind.</summary>
    /// <exception cref="Configuration.ConfigException">The process has no meaning on such images.</exception>
    public virtual void Prepare(IReadOnlyList<long> shape)
    {
    }

    /// <summary>Looks at training images before the first step, [N, C, H, W] a batch, as many as it needs. Most processes look at none.</summary>
    public virtual void Measure(IEnumerable<Tensor> batches)
    {
    }

    /// <summary>The number that a network is told for time t (DDPM: the step counted from 0, t - 1).</summary>
    public virtual double Label(double t) => t;
}
