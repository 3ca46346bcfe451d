using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Diagnosis;

/// <summary>Gives operations the headline of the verdict as the cause of a failure.</summary>
/// <param name="fleet">The fleet, asked for late: it shows operations, which ask for causes.</param>
/// <param name="diagnosis">Finds out why.</param>
public sealed class FailureCauses(Func<IFleet> fleet, IDiagnosis diagnosis) : IFailureCauses
{
    /// <inheritdoc/>
    public async Task<string?> FindAsync(PipelineKey pipeline, CancellationToken cancellationToken)
    {
        if (!fleet().Current.Rows.TryGetValue(pipeline, out var row)) return null;
        var verdict = await diagnosis.JudgeAsync(row, cancellationToken);
        return verdict.Health is HealthState.Failed or HealthState.Degraded or HealthState.Unknown ? verdict.Headline : null;
    }
}
