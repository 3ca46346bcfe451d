namespace Sluice.Domain.Pipelines;

/// <summary>Questions about the operator's fields that several rules ask.</summary>
internal static class FlinkStates
{
    public static bool WantsSuspended(FlinkResourceRecord record) => record.HasJob && string.Equals(record.DesiredState, "suspended", StringComparison.OrdinalIgnoreCase);

    /// <summary>The job, or its JobManager, starts once more although nobody asked.</summary>
    public static bool Restarts(FlinkResourceRecord record) =>
        record.HasJob && record.ReconciliationState == "DEPLOYED" && record.JobState is "RESTARTING" or "FAILING" or "CREATED" or "INITIALIZING";

    /// <summary>Stopped and asked to be. Some operators leave such a resource in UPGRADING for ever (FLINK-40164).</summary>
    public static bool SuspendedForGood(FlinkResourceRecord record) =>
        WantsSuspended(record) && record.ReconciledState == "suspended"
        && (record.ReconciliationState == "DEPLOYED" || (record.ReconciliationState == "UPGRADING" && record.JobState is "CANCELED" or "FINISHED" or "FAILED"));
}
