namespace Sluice.Domain.Operations;

/// <summary>What a drain leaves behind: its savepoint holds a watermark at the end of time, so that resuming from it drops everything as late.</summary>
internal static class Drained
{
    public const string Switch = "kubernetes.operator.job.drain-on-savepoint-deletion";

    /// <summary>Off: a drain of a job that is not running waits, instead of falling back to a stop that drains nothing.</summary>
    public const string Fallback = "kubernetes.operator.job.upgrade.last-state-fallback.enabled";

    public const string Problem =
        "It was drained: the watermark in its savepoint is at the end of time, and a job that continues from it drops what comes as late. Redeploy it from an earlier snapshot; that one can also be chosen on purpose there.";

    /// <summary>True where the newest savepoint is that of a drain.</summary>
    public static bool IsOf(FlinkObject seen) => !seen.WantsRunning && seen.Annotation(OperationNames.DrainedAnnotation) is { } path && RestoredState.Same(path, seen.SavepointPath);
}
