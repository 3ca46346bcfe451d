using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;

namespace Sluice.Portal.Client.Shared.Formatting;

/// <summary>How enumerations are called in the pages.</summary>
public static class Words
{
    public static string Of(PipelinePhase phase) => phase switch
    {
        PipelinePhase.None => "no operation",
        PipelinePhase.Savepointing => "savepointing",
        PipelinePhase.RollingBack => "rolling back",
        _ => phase.ToString().ToLowerInvariant(),
    };

    public static string Of(PipelineKind kind) => kind switch
    {
        PipelineKind.Unknown => "not known",
        PipelineKind.SessionCluster => "session cluster",
        _ => kind.ToString(),
    };

    public static string Of(PipelineTier tier) => tier switch
    {
        PipelineTier.Critical => "critical",
        PipelineTier.Experimental => "experimental",
        _ => "standard",
    };

    public static string Of(SnapshotOrigin origin) => origin switch
    {
        SnapshotOrigin.Operation => "operation",
        SnapshotOrigin.Schedule => "timetable",
        SnapshotOrigin.OperatorPeriodic => "operator, periodic",
        SnapshotOrigin.OperatorUpgrade => "operator, upgrade",
        SnapshotOrigin.Job => "the job",
        _ => "someone else",
    };

    public static string Of(OperationKind kind) => kind switch
    {
        OperationKind.Deploy => "Deploy",
        OperationKind.Savepoint => "Savepoint",
        OperationKind.Suspend => "Suspend",
        OperationKind.Resume => "Resume",
        OperationKind.Upgrade => "Upgrade",
        OperationKind.Delete => "Delete",
        OperationKind.Drain => "Drain",
        OperationKind.Cancel => "Cancel",
        OperationKind.Restart => "Restart",
        OperationKind.Redeploy => "Redeploy",
        OperationKind.Rollback => "Roll back",
        OperationKind.Scale => "Scale",
        OperationKind.Fork => "Fork",
        OperationKind.DisposeSnapshot => "Dispose of a snapshot",
        OperationKind.SideBySide => "Upgrade side by side",
        OperationKind.GoLive => "Go live",
        _ => kind.ToString(),
    };

    public static string IconOf(OperationKind kind) => kind switch
    {
        OperationKind.Deploy => "plus",
        OperationKind.Savepoint => "savepoint",
        OperationKind.Suspend => "pause",
        OperationKind.Resume => "play",
        OperationKind.Upgrade => "upgrade",
        OperationKind.Delete => "trash",
        OperationKind.Drain => "drain",
        OperationKind.Cancel => "close",
        OperationKind.Restart or OperationKind.Redeploy => "restart",
        OperationKind.Rollback => "rollback",
        OperationKind.Scale => "scale",
        OperationKind.Fork => "fork",
        OperationKind.DisposeSnapshot => "trash",
        OperationKind.SideBySide => "copy",
        OperationKind.GoLive => "upgrade",
        _ => "operations",
    };
}
