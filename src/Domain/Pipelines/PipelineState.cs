namespace Sluice.Domain.Pipelines;

/// <summary>What kind of program a pipeline is.</summary>
public enum PipelineKind
{
    /// <summary>Not known.</summary>
    Unknown,

    /// <summary>A Flink jar with <c>main()</c>.</summary>
    FlinkJar,

    /// <summary>A Beam pipeline in Java on the Flink runner.</summary>
    BeamJava,

    /// <summary>A Beam pipeline in Python on the Flink runner.</summary>
    BeamPython,

    /// <summary>SQL statements.</summary>
    FlinkSql,

    /// <summary>No pipeline of its own: a session cluster that session jobs run on.</summary>
    SessionCluster,
}

/// <summary>Is what runs in step with what was asked for?</summary>
public enum SyncState
{
    /// <summary>Cannot be told.</summary>
    Unknown,

    /// <summary>The newest spec is the one that runs.</summary>
    InSync,

    /// <summary>A newer spec waits or is being rolled out.</summary>
    OutOfSync,

    /// <summary>The operator refused the newest spec; the one before it stays in force.</summary>
    Rejected,
}

/// <summary>Does it work? Ordered from worst to best for sorting.</summary>
public enum HealthState
{
    /// <summary>Down until someone acts.</summary>
    Failed,

    /// <summary>Works, but not well: restarts, failing checkpoints, an upgrade that keeps failing.</summary>
    Degraded,

    /// <summary>Cannot be told: the JobManager is silent, or the operator never answered.</summary>
    Unknown,

    /// <summary>On its way to a good state within the usual time.</summary>
    Progressing,

    /// <summary>Stopped on request, to be resumed.</summary>
    Suspended,

    /// <summary>A bounded job that ended, or a drained one.</summary>
    Finished,

    /// <summary>Runs.</summary>
    Healthy,
}

/// <summary>What is being done to it now.</summary>
public enum PipelinePhase
{
    /// <summary>No operation.</summary>
    None,

    /// <summary>First deployment.</summary>
    Deploying,

    /// <summary>A new spec is being rolled out.</summary>
    Upgrading,

    /// <summary>Being stopped, to be resumed.</summary>
    Suspending,

    /// <summary>Being started again from its snapshot.</summary>
    Resuming,

    /// <summary>Parallelism is being changed in place.</summary>
    Scaling,

    /// <summary>A savepoint is being taken.</summary>
    Savepointing,

    /// <summary>The operator goes back to the last good spec.</summary>
    RollingBack,

    /// <summary>End of input, then stop.</summary>
    Draining,

    /// <summary>The job restarts by itself.</summary>
    Restarting,

    /// <summary>Being deleted.</summary>
    Deleting,

    /// <summary>A savepoint's data is being removed.</summary>
    Disposing,

    /// <summary>A bootstrap runs, and an operation waits to go live after it.</summary>
    Bootstrapping,
}

/// <summary>The three states of a pipeline and the cause of the worst of them. Never one "status".</summary>
/// <param name="Sync">In step with desired?</param>
/// <param name="Health">Working?</param>
/// <param name="Phase">What is being done now.</param>
/// <param name="Cause">Why health or sync is not good, in a few words for a table cell; null where all is well.</param>
public sealed record PipelineState(SyncState Sync, HealthState Health, PipelinePhase Phase, string? Cause = null);
