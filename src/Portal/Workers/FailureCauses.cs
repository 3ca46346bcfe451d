using Sluice.Domain.Diagnosis;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Workers;

/// <summary>Lets operations say why a pipeline does not start, in the words of its page.</summary>
public sealed class FailureCauses(IServiceProvider services, IDiagnosis diagnosis) : IFailureCauses
{
    public async Task<string?> FindAsync(PipelineKey pipeline, CancellationToken cancellationToken)
    {
        // The fleet shows operations, and operations ask for causes: asked for here, the container makes no circle.
        if (!services.GetRequiredService<IFleet>().Current.Rows.TryGetValue(pipeline, out var row)) return null;
        var verdict = await diagnosis.JudgeAsync(row, cancellationToken);
        return verdict.Health is HealthState.Failed or HealthState.Degraded ? verdict.Headline : null;
    }
}
