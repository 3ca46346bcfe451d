namespace Sluice.Domain.Operations.Planning;

/// <summary>What a change is to the operator, in people's terms.</summary>
public enum ChangeClass
{
    /// <summary>Nothing of the spec changes.</summary>
    None,

    /// <summary>Taken note of; the job goes on.</summary>
    Ignore,

    /// <summary>Scaled while the job runs.</summary>
    Scale,

    /// <summary>Stopped as the mode says, and deployed anew from that state.</summary>
    Upgrade,

    /// <summary>Cancelled at once, and started from a chosen snapshot.</summary>
    Redeploy,

    /// <summary>Stopped, to be started again later.</summary>
    Suspend,

    /// <summary>Deployed for the first time.</summary>
    Deploy,

    /// <summary>Taken away.</summary>
    Delete,
}

/// <summary>How the operator really stops a job and gets at its state; the spec's <c>upgradeMode</c> only asks for it.</summary>
public enum StopMode
{
    /// <summary>Cancelled; state and high-availability metadata go.</summary>
    Stateless,

    /// <summary>Taken down; the newest checkpoint is found again by the high-availability metadata.</summary>
    LastState,

    /// <summary>Cancelled by the JobManager; the newest retained checkpoint is noted by its path.</summary>
    Cancel,

    /// <summary>Stopped with a savepoint.</summary>
    Savepoint,
}

/// <summary>What becomes of the job.</summary>
public enum JobEffect
{
    /// <summary>It goes on.</summary>
    KeepsRunning,

    /// <summary>It stops and starts.</summary>
    Restarts,

    /// <summary>It stops.</summary>
    Stops,

    /// <summary>It starts; it did not run.</summary>
    Starts,

    /// <summary>It does not run and does not start.</summary>
    StaysStopped,

    /// <summary>It is taken away for good.</summary>
    Ends,

    /// <summary>It goes on until another one that has its state runs in its place.</summary>
    IsReplaced,
}

/// <summary>One field that differs, and what that alone leads to.</summary>
/// <param name="Path">Where, below <c>spec</c>, for example <c>job.parallelism</c>.</param>
/// <param name="Class">What it leads to.</param>
/// <param name="Words">In words, for example <c>job.parallelism: 2 → 4</c>.</param>
public sealed record ChangeReason(string Path, ChangeClass Class, string Words);

/// <summary>What the operator will make of a change.</summary>
/// <param name="Class">What it is, all fields together.</param>
/// <param name="Effect">What becomes of the job.</param>
/// <param name="Words">The same in a sentence, with what forces it.</param>
/// <param name="Reasons">The fields that differ from what is deployed, the weightiest first.</param>
public sealed record ChangeClassification(ChangeClass Class, JobEffect Effect, string Words, IReadOnlyList<ChangeReason> Reasons)
{
    /// <summary>The word of the operator's <c>SpecChanged</c> event: SCALE, UPGRADE or SAVEPOINT_REDEPLOY; null where it sends none.</summary>
    public string? OperatorTerm { get; init; }

    /// <summary>How the job is stopped, or how it was where it starts again; null where neither.</summary>
    public StopMode? Mode { get; init; }

    /// <summary>Why that mode; null where there is none.</summary>
    public string? ModeWhy { get; init; }

    /// <summary>True where the job has to start for the change.</summary>
    public bool Starts => Effect is JobEffect.Restarts or JobEffect.Starts;

    /// <summary>True where state is read: the job starts, or another one does in its place.</summary>
    public bool Restores => Starts || Effect == JobEffect.IsReplaced;
}
