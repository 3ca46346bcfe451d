using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Operations;

/// <summary>What a drain leaves behind: its savepoint holds a watermark at the end of time, so that resuming from it drops everything as late.</summary>
internal static class Drained
{
    public const string Switch = "kubernetes.operator.job.drain-on-savepoint-deletion";

    public const string Problem =
        "It was drained: the watermark in its savepoint is at the end of time, and a job that continues from it drops what comes as late. Redeploy it from an earlier snapshot; that one can also be chosen on purpose there.";

    /// <summary>True where it is stopped and its newest savepoint is that of a drain.</summary>
    public static bool IsOf(FlinkObject seen) => !seen.WantsRunning && Left(seen.Record);

    /// <summary>True where the newest savepoint is that of a drain: Sluice switches draining off again and leaves the savepoint's path instead.</summary>
    public static bool Left(FlinkResourceRecord record) => RestoredState.Same(record.Annotation(OperationNames.DrainedAnnotation), record.SavepointPath);
}
