namespace Sluice.Domain.Snapshots;

/// <summary>What a snapshot is.</summary>
public enum SnapshotKind
{
    /// <summary>Asked for; kept until someone disposes of it.</summary>
    Savepoint,

    /// <summary>The job's own, kept when it stopped or still in use; Flink owns it.</summary>
    Checkpoint,
}

/// <summary>Where a snapshot comes from. Later values are known better and win over earlier ones.</summary>
public enum SnapshotOrigin
{
    /// <summary>Someone took it without Sluice.</summary>
    Other,

    /// <summary>The job took it by itself.</summary>
    Job,

    /// <summary>The operator took it by its own timetable.</summary>
    OperatorPeriodic,

    /// <summary>The operator took it to stop or upgrade the job.</summary>
    OperatorUpgrade,

    /// <summary>An operation of Sluice, which a person asked for.</summary>
    Operation,

    /// <summary>Sluice's timetable for this pipeline.</summary>
    Schedule,
}

/// <summary>How a snapshot stands.</summary>
public enum SnapshotState
{
    /// <summary>As far as is known its data is there. Only its storage knows for certain.</summary>
    Available,

    /// <summary>It is to be disposed of when its quarantine ends; until then that can be undone.</summary>
    Quarantined,

    /// <summary>An operation disposes of it now.</summary>
    Disposing,

    /// <summary>Its data was removed through Sluice.</summary>
    Disposed,

    /// <summary>Its data is gone, and Sluice did not remove it.</summary>
    Lost,
}

/// <summary>A savepoint or a retained checkpoint of a pipeline, with all that is known of it. What is not known is null.</summary>
public sealed record Snapshot
{
    /// <summary>Its identity in Sluice.</summary>
    public required Guid Id { get; init; }

    /// <summary>Whose.</summary>
    public required Guid PipelineId { get; init; }

    /// <summary>Where its data is, as it was first told.</summary>
    public required string Path { get; init; }

    /// <summary>What it is.</summary>
    public required SnapshotKind Kind { get; init; }

    /// <summary>Where it comes from.</summary>
    public SnapshotOrigin Origin { get; init; }

    /// <summary>CANONICAL, NATIVE, or for checkpoints null.</summary>
    public string? Format { get; init; }

    /// <summary>Bytes of the state it refers to.</summary>
    public long? Size { get; init; }

    /// <summary>How long it took to take it.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>When it was complete; where nobody told that, when it was first seen.</summary>
    public required DateTimeOffset TakenAt { get; init; }

    /// <summary>The job it was taken of.</summary>
    public string? JobId { get; init; }

    /// <summary>The revision that ran then.</summary>
    public int? Revision { get; init; }

    /// <summary>True where it was taken by a drain: not for resuming.</summary>
    public bool Drained { get; init; }

    /// <summary>When a job was last seen that had been restored from it; null: never seen, so nothing proves that it can be.</summary>
    public DateTimeOffset? VerifiedAt { get; init; }

    /// <summary>The job that was seen restored from it.</summary>
    public string? VerifiedJob { get; init; }

    /// <summary>The operation that took it.</summary>
    public Guid? Operation { get; init; }

    /// <summary>The FlinkStateSnapshot that stands for it, where there is one.</summary>
    public string? ObjectName { get; init; }

    /// <summary>True where deleting that object deletes the data, too.</summary>
    public bool DisposeOnDelete { get; init; }

    /// <summary>True where an older operator lists it in the job's status; what it takes off that list it usually disposes of.</summary>
    public bool Listed { get; init; }

    /// <summary>How it stands.</summary>
    public SnapshotState State { get; init; }

    /// <summary>Who put it into quarantine; <c>retention</c> for the rule.</summary>
    public string? QuarantinedBy { get; init; }

    /// <summary>When its quarantine ends.</summary>
    public DateTimeOffset? QuarantineUntil { get; init; }

    /// <summary>Why it stands so, in words; empty where there is nothing to say.</summary>
    public string Note { get; init; } = "";

    /// <summary>The operation that disposes or disposed of it.</summary>
    public Guid? Disposal { get; init; }

    /// <summary>How often a disposal was begun; each has an operation of its own.</summary>
    public int Disposals { get; init; }

    /// <summary>Not before this a disposal is tried again.</summary>
    public DateTimeOffset? TryAfter { get; init; }

    /// <summary>True where a person brought it back out of quarantine: rules leave it alone from then on.</summary>
    public bool Held { get; init; }

    /// <summary>When its data was found gone or was removed.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>True where a job could be started from it and continue as it was.</summary>
    public bool Usable => State == SnapshotState.Available && !Drained;

    /// <summary>True where Sluice took it, on a person's or its timetable's behalf.</summary>
    public bool Ours => Origin is SnapshotOrigin.Operation or SnapshotOrigin.Schedule;
}
