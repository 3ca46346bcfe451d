using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Diagnosis;

/// <summary>Causes that lie with the operator or with what was asked of it.</summary>
internal static class OperatorFindings
{
    /// <summary>Longer than any usual reconcile interval.</summary>
    private static readonly TimeSpan NoAnswer = TimeSpan.FromSeconds(60);

    public static Finding? Find(DiagnosisInput input) => Deletion(input) ?? NoStatus(input) ?? Refused(input) ?? NotTakenUp(input);

    private static Finding? Deletion(DiagnosisInput input)
    {
        if (input.Resource.DeletedAt is not { } since) return null;
        var age = input.Now - since;
        if (age < PipelineTimings.DeletionBlocked) return new(HealthState.Progressing, "It is being deleted.", "The operator stops the job and removes what belongs to it.");
        var failed = input.Events.FirstOrDefault(static e => e.Reason == "CleanupFailed")?.Message ?? input.Resource.Error?.Message;
        var finalizers = input.Finalizers.Count == 0 ? "a finalizer" : "the finalizer " + string.Join(", ", input.Finalizers);
        var why = failed is null
            ? input.OperatorRuns == false ? "The operator, which has to remove it, is not running." : "The operator, which has to remove it, does not say why."
            : $"The operator cannot clean up: {EvidenceList.FirstLine(failed)}";
        return new(HealthState.Degraded, $"Deletion is blocked for {PipelineTimings.Words(age)}: {finalizers} is still there.", why,
            "Remove what stops the operator. If the job need not be stopped properly, an administrator can remove the finalizer by hand; what is left of the job must then be removed by hand, too.");
    }

    private static Finding? NoStatus(DiagnosisInput input)
    {
        var resource = input.Resource;
        if (resource.HasStatus || FlinkStates.WantsSuspended(resource) || resource.TooLarge) return null;
        if (input.Events.FirstOrDefault(static e => e.Reason == "UnsupportedFlinkVersion") is { } unsupported)
            return new(HealthState.Failed, $"The operator does not support this Flink version: {unsupported.Message}", "It will never start as it is.", "Choose a Flink version that the operator supports.");
        var age = resource.CreatedAt is { } created ? input.Now - created : TimeSpan.Zero;
        if (age < NoAnswer) return new(HealthState.Progressing, "Waiting for the operator to take it up.", "The operator looks at new resources within a minute.");
        return Silent(input, $"The operator has not answered for {PipelineTimings.Words(age)}.");
    }

    private static Finding? Refused(DiagnosisInput input)
    {
        if (input.Resource.Error is not { IsValidation: true } error || input.State.Sync != SyncState.Rejected && input.Resource.HasReconciledSpec) return null;
        return input.Resource.HasReconciledSpec
            ? new(input.State.Health, $"The newest spec was refused: {error.Message}", "The spec before it stays in force; the job goes on as it was.", "Correct the spec and roll it out again.")
            : new(HealthState.Failed, $"The spec was refused: {error.Message}", "Nothing was deployed.", "Correct the spec and deploy again.");
    }

    private static Finding? NotTakenUp(DiagnosisInput input)
    {
        // The list's rule knows since when the change waits; the resource alone does not say.
        var waits = input.State.Cause?.StartsWith("Operator has not taken up", StringComparison.Ordinal) == true;
        if (!waits || input.Resource.Error is not null) return null;
        var finding = Silent(input, $"{input.State.Cause}.");
        return finding with { Health = input.State.Health };
    }

    private static Finding Silent(DiagnosisInput input, string headline) => input.OperatorRuns switch
    {
        false => new(HealthState.Unknown, "The operator is not running: no pod of it was found on the cluster.", headline + " Running jobs go on, but no change takes effect.", "Start the Flink Kubernetes operator, or ask who runs it."),
        true => new(HealthState.Unknown, headline, "An operator runs on the cluster. It may not watch this namespace, or be busy, or wait until a savepoint is possible.", "Check which namespaces the operator watches, and its log."),
        _ => new(HealthState.Unknown, headline, "It may not be running, or not watch this namespace. Sluice could not look for it.", "Check that the Flink Kubernetes operator runs and watches this namespace."),
    };
}
