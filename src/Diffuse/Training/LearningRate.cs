namespace Diffuse.Training;

/// <summary>The learning rate as a function of the images seen so far: a linear climb from 0, then the schedule down to 0 at the end.</summary>
/// <param name="Peak">The rate at the end of the warm-up.</param>
/// <param name="Warmup">Images of the climb.</param>
/// <param name="Total">Images of the whole run.</param>
internal sealed record LearningRate(double Peak, RateSchedule Schedule, long Warmup, long Total)
{
    public double At(long images)
    {
        if (images < Warmup)
        {
            return Peak * images / Warmup;
        }

        var progress = Math.Clamp((double)(images - Warmup) / Math.Max(Total - Warmup, 1), 0, 1);
        return Peak * Schedule switch
        {
            RateSchedule.Cosine => 0.5 * (1 + Math.Cos(Math.PI * progress)),
            RateSchedule.Linear => 1 - progress,
            _ => 1,
        };
    }
}
