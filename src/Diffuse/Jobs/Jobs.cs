using Diffuse.Configuration;
using Diffuse.Training;

namespace Diffuse.Jobs;

/// <summary>The verbs of the command line.</summary>
internal sealed class Jobs : IJobs
{
    public Jobs()
    {
        Machine.UseAllCores();
        Allocator.KeepMemory(true);
    }

    /// <inheritdoc/>
    public string Plan(TrainRequest request, IJobReport report)
    {
        using var rehearsal = new Rehearsal(request, report, CancellationToken.None);
        return rehearsal.Plan();
    }

    /// <inheritdoc/>
    public ProfileResult Profile(TrainRequest request, IJobReport report, CancellationToken stop)
    {
        using var rehearsal = new Rehearsal(request, report, stop);
        return rehearsal.Profile();
    }

    /// <inheritdoc/>
    public TrainResult Train(TrainRequest request, IJobReport report, CancellationToken stop) => TrainingJob.Run(request, report, stop);

    /// <inheritdoc/>
    public SampleResult Sample(SampleRequest request, IJobReport report, CancellationToken stop) => SamplingJob.Run(request, report, stop);

    /// <inheritdoc/>
    public EncodeResult Encode(SampleRequest request, IJobReport report, CancellationToken stop) => EncodingJob.Run(request, report, stop);

    /// <inheritdoc/>
    public InterpolateResult Interpolate(SampleRequest request, IJobReport report, CancellationToken stop) =>
        InterpolationJob.Run(request, report, stop);

    /// <inheritdoc/>
    public RestoreResult Restore(SampleRequest request, IJobReport report, CancellationToken stop) => RestorationJob.Run(request, report, stop);

    /// <inheritdoc/>
    public ExportResult Export(ExportRequest request, IJobReport report) => ExportJob.Run(request, report);

    /// <inheritdoc/>
    public EvalResult Evaluate(EvalRequest request, IJobReport report, CancellationToken stop) => EvaluationJob.Run(request, report, stop);

    /// <inheritdoc/>
    public EvalResult Compare(EvalRequest request, IJobReport report, CancellationToken stop) => ComparisonJob.Run(request, report, stop);
}
