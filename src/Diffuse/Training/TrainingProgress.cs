namespace Diffuse.Training;

/// <summary>Where a run stands.</summary>
/// <param name="Images">Seen so far, of <paramref name="Total"/>.</param>
/// <param name="Step">Steps of the optimizer that were done.</param>
/// <param name="LearningRate">Of the last step.</param>
/// <param name="ImagesPerSecond">Over the last interval of the metrics, checkpoints, grids and validation not counted.</param>
/// <param name="ResidentBytes">Memory of this process.</param>
/// <param name="Remaining">Time left if this start goes on as it did so far, everything counted.</param>
/// <param name="Loss">Mean per image over the last interval of the metrics; null before the first.</param>
/// <param name="GradientNorm">Mean norm of a step's gradient before clipping, over the same.</param>
/// <param name="ValidationLoss">Last measured, with the averaged weights on the held-out images; null where it never was.</param>
public sealed record TrainingProgress(
    long Images,
    long Total,
    long Step,
    double LearningRate,
    double ImagesPerSecond,
    long ResidentBytes,
    TimeSpan Remaining,
    double? Loss,
    double? GradientNorm,
    double? ValidationLoss)
{
    /// <summary>The most memory that this process had resident, by the last line of metrics.</summary>
    public long PeakBytes { get; init; }

    public double SecondsPerKimg => 1000 / ImagesPerSecond;
}
