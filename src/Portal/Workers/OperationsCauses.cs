using Sluice.Domain.Diagnosis;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Workers;

/// <summary>
/// The verdict of the pipeline's page as the cause of a start that failed. The fleet is asked for at use: it shows active operations, so it needs the operations itself.
/// </summary>
internal sealed class OperationCauses(IServiceProvider services) : IFailureCauses
{
    public async Task<string?> FindAsync(PipelineKey pipeline, CancellationToken cancellationToken)
    {
        if (services.GetService<IFleet>()?.Current.Rows.GetValueOrDefault(pipeline) is not { } row || services.GetService<IDiagnosis>() is not { } diagnosis) return null;
        var verdict = await diagnosis.JudgeAsync(row, cancellationToken);
        // A good or undecided verdict explains nothing: the list may lag behind what the operation saw.
        if (verdict.Health is not (HealthState.Failed or HealthState.Degraded)) return null;
        return verdict.Action is null ? verdict.Headline : $"{verdict.Headline} {verdict.Action}";
    }
}
